import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gradeExam, makeExam } from './handoff-exam.ts';
import { readDocument } from './handoff-document.ts';

const DOCUMENT = `# Handover
## Goal
Make the checkout of the shop idempotent, so that nobody pays twice.
## State
The unique index is in place and tested. Retries in \`src/pay/retry.ts\` are half done.
## Decisions
- Keep the idempotencyKey for 24 hours, because providers repeat webhooks.
- Dropped Redis: PostgreSQL is enough.
## Files
- src/pay/checkout.ts: the handler
- migrations/0042-orders.sql: unique index
## Open questions
None.
## Next steps
1. Finish backoff in retry.ts
2. Run \`npm test\`
`;

const questions = makeExam(readDocument(DOCUMENT));

describe('the exam', () => {
  test('asks for each section that says something, by its telling words', () => {
    expect(questions.map(({ question }) => question)).toEqual([
      'What is the goal of this work?',
      'What is done, and what is not?',
      'Which decisions were taken, and why?',
      'Which files matter, and what is each of them for?',
      'What are the next steps, in order?',
    ]);
    expect(questions[3]?.terms).toEqual([
      'checkout.ts',
      '0042-orders.sql',
      'handler',
      'unique',
      'index',
    ]);
    expect(questions[2]?.terms).toEqual(expect.arrayContaining(['idempotencyKey', '24', 'Redis']));
  });

  test('gives 100 for the document itself, 0 for silence', () => {
    expect(gradeExam(questions, DOCUMENT)).toEqual({ score: 100, missed: [] });
    expect(gradeExam(questions, '')).toMatchObject({ score: 0 });
    expect(gradeExam(questions, '').missed).toEqual(questions);
  });

  test('takes other forms of a word, and says what was missed', () => {
    const [, , , files] = questions;
    if (files === undefined) throw new Error('no such question');
    const { score, missed } = gradeExam([files], 'CHECKOUT.TS with the handlers; unique indexes');
    expect(score).toBe(80);
    expect(missed).toEqual([{ question: files.question, terms: ['0042-orders.sql'] }]);
  });

  test('has nothing to ask of a document that says nothing', () => {
    expect(makeExam(readDocument('## Goal\nNone\n## State\nwith that'))).toEqual([]);
    expect(gradeExam([], 'anything')).toEqual({ score: 100, missed: [] });
  });

  test('any text: the whole section scores 100, more said is never worth less', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (goal, some, more) => {
        const exam = makeExam(readDocument(`## Goal\n${goal}`));
        expect(gradeExam(exam, goal).score).toBe(100);
        const less = gradeExam(exam, some).score;
        expect(gradeExam(exam, `${some} ${more}`).score).toBeGreaterThanOrEqual(
          gradeExam(exam, `${some} `).score,
        );
        expect(less).toBeGreaterThanOrEqual(0);
        expect(less).toBeLessThanOrEqual(100);
      }),
    );
  });
});
