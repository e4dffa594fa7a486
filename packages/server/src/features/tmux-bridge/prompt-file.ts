/**
 * Prompts that are too long for the prompt box go as a file of their own with a reference to it:
 * HEADSPACE_HOME/prompts/<unguessable>.md, readable by the user only.
 */
import { createHmac, randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { hasCode } from '../../platform/error-code.ts';

const SECRET = randomBytes(32);

/** A path that nobody can guess; for the same text of a prompt the same, however often it is tried. */
export function promptFile(folder: string, prompt: { id: number; revision: number }): string {
  const name = createHmac('sha256', SECRET).update(`${prompt.id} ${prompt.revision}`);
  return join(folder, `${name.digest('hex').slice(0, 32)}.md`);
}

/** Writes or replaces it. Not under an agent's lock. */
export async function writePromptFile(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, text, { mode: 0o600 });
}

/** What is typed in its place. */
export function fileReference(path: string): string {
  return `Read the file ${path} and take its whole content as my message.`;
}

/** Rows that the client needs around the box: its own lines and some of the conversation. */
const ROWS_AROUND = 8;
/** More than these the client folds to a mark of one row (2.1.197). */
const FOLDED_ABOVE = { characters: 800, lines: 3 };

/** Whether the box can show the whole text: what cannot be compared is not submitted. */
export function fitsInBox(text: string, pane: { width: number; height: number }): boolean {
  const lines = text.split('\n');
  if (text.length > FOLDED_ABOVE.characters || lines.length > FOLDED_ABOVE.lines) return true;
  const columns = Math.max(1, pane.width - 4);
  // As if all characters were wide; a file too many does no harm.
  const rows = lines.map((line) => Math.max(1, Math.ceil((line.length * 2) / columns)));
  return rows.reduce((sum, count) => sum + count, 0) <= Math.max(1, pane.height - ROWS_AROUND);
}

/** Removes files that nobody can be asked to read any more. Returns how many. */
export async function cleanPromptFiles(folder: string, olderThan: number): Promise<number> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 0;
    throw error;
  }
  let removed = 0;
  for (const name of names.filter((one) => /^[0-9a-f]{32}\.md$/.test(one))) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => null);
    if (found === null || found.mtimeMs >= olderThan) continue;
    await rm(path, { force: true });
    removed += 1;
  }
  return removed;
}
