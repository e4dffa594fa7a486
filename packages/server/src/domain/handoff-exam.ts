/**
 * The exam of a successor: questions taken from the handover document, and how much of what stands
 * there its answer has. By rule alone: the same document gives the same questions, the same answer
 * the same score. Pure.
 */
import type { MissedTerms } from '@headspace/contract';
import { type Document, type SectionName } from './handoff-document.ts';

export interface ExamQuestion {
  question: string;
  /** Words of the document that the answer should have, as they stand there. */
  terms: string[];
}

const QUESTIONS: Readonly<Record<SectionName, string>> = {
  Goal: 'What is the goal of this work?',
  State: 'What is done, and what is not?',
  Decisions: 'Which decisions were taken, and why?',
  Files: 'Which files matter, and what is each of them for?',
  'Open questions': 'Which questions are open?',
  'Next steps': 'What are the next steps, in order?',
};

/** Terms of one question at most: more would ask for a copy, not for knowledge. */
const MOST_TERMS = 12;
const SHORTEST_WORD = 4;

/** A question for each section that has something to ask for. */
export function makeExam(document: Document): ExamQuestion[] {
  return (Object.keys(QUESTIONS) as SectionName[]).flatMap((name) => {
    const terms = termsOf(document[name]);
    return terms.length === 0 ? [] : [{ question: QUESTIONS[name], terms }];
  });
}

/** `score` 0 to 100: the mean over the questions of the share of their terms that are there. */
export function gradeExam(
  questions: readonly ExamQuestion[],
  answer: string,
): { score: number; missed: MissedTerms[] } {
  const said = new Set(wordsOf(answer).map(stem));
  const isSaid = (term: string): boolean => wordsOf(term).every((word) => said.has(stem(word)));
  const graded = questions.map(({ question, terms }) => ({
    question,
    share: terms.filter(isSaid).length / terms.length,
    terms: terms.filter((term) => !isSaid(term)),
  }));
  const sum = graded.reduce((total, { share }) => total + share, 0);
  return {
    score: graded.length === 0 ? 100 : Math.round((100 * sum) / graded.length),
    missed: graded
      .filter(({ terms }) => terms.length > 0)
      .map(({ question, terms }) => ({ question, terms })),
  };
}

/**
 * The telling words of a section: first names of files, identifiers and numbers, then other words,
 * each in the order in which they stand there; spread over its lines so that each item has a share.
 */
function termsOf(text: string): string[] {
  if (/^[-*\s]*(?:none|nothing|no open questions)\W*$/i.test(text)) return [];
  const lines = text.split('\n').map(lineTerms);
  const chosen: string[] = [];
  const known = new Set<string>();
  for (let place = 0; chosen.length < MOST_TERMS; place++) {
    if (lines.every((line) => line.length <= place)) break;
    for (const line of lines) {
      const term = line[place];
      if (term === undefined || known.has(keyOf(term)) || chosen.length >= MOST_TERMS) continue;
      known.add(keyOf(term));
      chosen.push(term);
    }
  }
  return chosen;
}

/** `src/a-b.ts`, `snake_case`, `camelCase`, `v1.2`: what is said in no other words. */
const NAME = /[/._\d]|[a-z][A-Z]/;

function lineTerms(line: string): string[] {
  const tokens = line.match(/[\p{L}\p{N}][\p{L}\p{N}._/-]*/gu) ?? [];
  const bare = tokens.map((token) => token.replace(/[._/-]+$/, ''));
  const names = bare.filter((token) => NAME.test(token) && token.length > 1).map(lastPart);
  const words = bare.filter(
    (token) =>
      !NAME.test(token) && token.length >= SHORTEST_WORD && !COMMON.has(token.toLowerCase()),
  );
  return [...names, ...words];
}

/** Of a path its last part: nobody says the whole of it. */
const lastPart = (token: string): string => token.split('/').findLast((part) => part !== '') ?? '';

const keyOf = (term: string): string => wordsOf(term).map(stem).join(' ');

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

/** So that `tests`, `tested` and `testing` are the word `test`. Crude, and the same for both sides. */
function stem(word: string): string {
  return word.length <= SHORTEST_WORD
    ? word.replace(/s$/, '')
    : word.replace(/(?:ing|ed|es|s|e|ly)$/, '');
}

/** Words that say nothing about the work. */
const COMMON: ReadonlySet<string> = new Set(
  `about above after again against already also although another because been before being below
   between both cannot could does doing done down during each either else even every first from
   further have having here however into itself just last later less like made make many might more
   most much must need needs next none nothing once only other others over rather same shall should
   since some soon still such sure take than that their them then there these they thing things this
   those though through under until upon used uses using very want wants well were what when where
   whether which while will with within without would your`.split(/\s+/),
);
