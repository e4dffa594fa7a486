/** The handover document: which sections it must have, and what stands in them. Pure. */

/** Headings in the order in which they are asked for, with what belongs there. */
export const SECTIONS = {
  Goal: 'what the work is for, and what the person asked for, in their own words',
  State: 'what is done and proved, what is half done, what has not been begun',
  Decisions: 'each decision with its reason, and what was tried and dropped, as a list',
  Files: 'the files and folders that matter, each with what it is for, as a list',
  'Open questions': 'what nobody has answered yet; `None` where there is nothing',
  'Next steps': 'what to do next, in order, with the commands that check it',
} as const;

export type SectionName = keyof typeof SECTIONS;
export const SECTION_NAMES = Object.keys(SECTIONS) as SectionName[];

export type Document = Readonly<Record<SectionName, string>>;

/** Longest document that is read; bytes. */
export const DOCUMENT_LIMIT = 256 * 1024;

const HEADING = /^#{1,6}\s+(.*?)[\s#:]*$/;
const FENCE = /^\s*(?:```|~~~)/;

/** What stands under each heading; empty where the heading is missing or nothing stands there. */
export function readDocument(text: string): Document {
  const parts = Object.fromEntries(SECTION_NAMES.map((name) => [name, ''])) as Record<
    SectionName,
    string
  >;
  let section: SectionName | null = null;
  let fenced = false;
  for (const line of text.split(/\r?\n/)) {
    if (FENCE.test(line)) fenced = !fenced;
    const heading = fenced ? null : HEADING.exec(line);
    const named = heading === null ? undefined : nameOf(heading[1] ?? '');
    if (named !== undefined) section = named;
    else if (section !== null) parts[section] += `${line}\n`;
  }
  for (const name of SECTION_NAMES) parts[name] = parts[name].trim();
  return parts;
}

/** Sections that are missing or empty; none where the document is complete. */
export function missingSections(document: Document): SectionName[] {
  return SECTION_NAMES.filter((name) => !/[\p{L}\p{N}]/u.test(document[name]));
}

/** As people write headings: in any case, with a number before them. */
function nameOf(heading: string): SectionName | undefined {
  const bare = heading
    .toLowerCase()
    .replace(/^[\d.)\s]+/, '')
    .trim();
  return SECTION_NAMES.find((name) => name.toLowerCase() === bare);
}
