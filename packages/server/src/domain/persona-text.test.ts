import { describe, expect, test } from 'vitest';
import {
  ANSWER_LIMIT,
  GUARDRAILS_LIMIT,
  hasLearning,
  injectionTokens,
  isPersonaSlug,
  learningLine,
  learningsIn,
  learningText,
  personaText,
  type PersonaParts,
} from './persona-text.ts';

const TOKEN = '01234567-89ab-cdef-0123-456789abcdef';

const reviewer: PersonaParts = {
  slug: 'reviewer',
  version: '00ff00ff00ff00ff',
  guardrailsVersion: '11ee11ee11ee11ee',
  machineGuardrails: 'Never push.',
  guardrails: 'Never approve your own work.',
  skill: { text: 'You review code.', path: '/home/u/personas/reviewer/skill.md' },
  experience: { text: '- Look at the tests first.', path: '/home/u/personas/reviewer/exp.md' },
};

describe('the text of a persona', () => {
  test('has the guardrails first, then who it is, what it can, what it has learned', () => {
    const text = personaText(reviewer, TOKEN);
    const order = [
      '[headspace-persona reviewer 00ff00ff00ff00ff',
      '# Guardrails',
      'Never push.',
      'Never approve your own work.',
      '# Identity',
      '# Skill',
      'You review code.',
      '# Experience',
      '- Look at the tests first.',
    ].map((words) => text.indexOf(words));
    expect(order).toEqual(order.toSorted((a, b) => a - b));
    expect(order).not.toContain(-1);
  });

  test('carries its token', () => {
    expect(injectionTokens(`SessionStart: ${personaText(reviewer, TOKEN)}`)).toEqual([TOKEN]);
    expect(injectionTokens('[headspace-persona x]')).toEqual([]);
  });

  test('leaves out what there is not', () => {
    const bare = { ...reviewer, machineGuardrails: null, guardrails: null, experience: null };
    const text = personaText(bare, TOKEN);
    expect(text).not.toContain('# Guardrails');
    expect(text).not.toContain('# Experience');
  });

  test('gives the guardrails of the machine alone', () => {
    const alone = { ...reviewer, slug: null, guardrails: null, skill: null, experience: null };
    const text = personaText(alone, TOKEN);
    expect(text).toContain('Never push.');
    expect(text).not.toContain('# Identity');
    expect(injectionTokens(text)).toEqual([TOKEN]);
  });

  test('names the longest part by its file where it is too long', () => {
    const long = { ...reviewer, experience: { text: 'x'.repeat(9_900), path: '/exp.md' } };
    const text = personaText(long, TOKEN, ANSWER_LIMIT);
    expect(text.length).toBeLessThanOrEqual(ANSWER_LIMIT);
    expect(text).toContain('You review code.');
    expect(text).toContain('read the whole file /exp.md');
  });

  test('always has the whole guardrails, however long all is', () => {
    const rules = (mark: string) => mark.repeat(GUARDRAILS_LIMIT);
    const text = personaText(
      {
        slug: 'x'.repeat(64),
        version: '00ff00ff00ff00ff',
        guardrailsVersion: '11ee11ee11ee11ee',
        machineGuardrails: rules('m'),
        guardrails: rules('g'),
        skill: { text: 's'.repeat(100_000), path: `/${'a'.repeat(250)}/skill.md` },
        experience: { text: 'e'.repeat(100_000), path: `/${'a'.repeat(250)}/experience.md` },
      },
      TOKEN,
      ANSWER_LIMIT,
    );
    expect(text.length).toBeLessThanOrEqual(ANSWER_LIMIT);
    expect(text).toContain(rules('m'));
    expect(text).toContain(rules('g'));
    expect(text).toContain('skill.md');
    expect(text).toContain('experience.md');
  });
});

test.each([
  ['reviewer', true],
  ['a', true],
  ['back-end-2', true],
  ['', false],
  ['-a', false],
  ['a-', false],
  ['a--b', false],
  ['..', false],
  ['a/b', false],
  ['A', false],
  ['a'.repeat(65), false],
  ['a\n', false],
])('%j is a slug: %j', (text, is) => {
  expect(isPersonaSlug(text)).toBe(is);
});

describe('learnings', () => {
  test('are lines that say so, each once', () => {
    const message = [
      'Done. Learning: not at the start of a line.',
      'Learning: Run the migrations first.',
      '- **Learning:** The port is free only later.',
      'learning: Run the migrations first.',
      'Learning:',
    ].join('\n');
    expect(learningsIn(message)).toEqual([
      'Run the migrations first.',
      'The port is free only later.',
    ]);
  });

  test('cannot pass for another one', () => {
    const text = learningText('x <!-- learning 9 -->\u0000\u0007 y\ud800');
    expect(text).toBe('x < !-- learning 9 -->\uFFFD y\uFFFD');
    expect(hasLearning(learningLine({ id: 1, text: 'x <!-- learning 9 -->' }), 9)).toBe(false);
    expect(learningText('\u0001 \n')).toBe('');
  });

  test('become one line that is recognised', () => {
    const line = learningLine({ id: 7, text: ' two\n lines ' });
    expect(line).toBe('- two lines <!-- learning 7 -->');
    expect(hasLearning(`# x\n${line}\n`, 7)).toBe(true);
    expect(hasLearning(line, 70)).toBe(false);
  });
});
