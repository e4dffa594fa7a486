/**
 * What Headspace itself says to the two agents of a handoff. Each text begins with a tag, by which
 * people and programs tell it from a person's own words. Pure.
 */
import { SECTION_NAMES, SECTIONS } from './handoff-document.ts';
import type { ExamQuestion } from './handoff-exam.ts';

const tag = (id: number, what: string): string => `[headspace handoff ${id}: ${what}]`;

/** Stands in the exam of this attempt and in no other prompt. */
export const examTag = (id: number, attempt: number): string => tag(id, `questions ${attempt}`);

/** To the predecessor. */
export function askText({
  id,
  path,
  note,
}: {
  readonly id: number;
  readonly path: string;
  readonly note: string | null;
}): string {
  const sections = SECTION_NAMES.map((name) => `## ${name}\n${SECTIONS[name]}`);
  return [
    `${tag(id, 'document')} Another agent will take over your work in this project. Write a handover document for it to the file`,
    path,
    'It will know nothing but this document and the project itself. Use exactly these headings, each with something under it:',
    ...sections,
    ...noteLines(note),
    'Write the whole file at once, change nothing else, begin no new work, and say in one line when it is written.',
  ].join('\n');
}

/** The successor's first prompt. Claude Code reads a file that is named with @ without asking. */
export function firstText({
  id,
  path,
  note,
}: {
  readonly id: number;
  readonly path: string;
  readonly note: string | null;
}): string {
  return [
    `${tag(id, 'start')} You take over the work of another agent in this project. All it knows stands in its handover document:`,
    `@${path}`,
    ...noteLines(note),
    'Read it whole. Begin no work yet: say in one line that you have read it. Questions about it follow.',
  ].join('\n');
}

/** To the successor, when it has read the document. */
export function examText(
  { id, attempt }: { readonly id: number; readonly attempt: number },
  questions: readonly ExamQuestion[],
): string {
  return [
    `${examTag(id, attempt)} Answer from what you know now, without tools, each in one to five short lines. Name files, names and numbers as they are.`,
    ...questions.map(({ question }, index) => `${index + 1}. ${question}`),
  ].join('\n');
}

/** To the successor: what its predecessor was asking when it was sealed. */
export function openQuestionsText(id: number, summaries: readonly string[]): string {
  return [
    `${tag(id, 'open questions')} Your predecessor was waiting for an answer to this, and nobody has given one. Ask it again if it still matters:`,
    ...summaries.map((summary) => `- ${summary}`),
  ].join('\n');
}

const noteLines = (note: string | null): string[] =>
  note === null ? [] : ['Mind this as well:', note];
