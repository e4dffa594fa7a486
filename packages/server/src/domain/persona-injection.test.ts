import { describe, expect, test } from 'vitest';
import { freshActivity } from './activity.ts';
import {
  noteTokens,
  type PastInjection,
  personaBar,
  planInjection,
  type Start,
} from './persona-injection.ts';

const start = (source: string, rest: Partial<Start> = {}): Start => ({
  source,
  persona: 'reviewer',
  answerable: true,
  wentOn: true,
  ...rest,
});
const past = (context: number, rest: Partial<PastInjection> = {}): PastInjection => ({
  context,
  persona: 'reviewer',
  state: 'confirmed',
  ...rest,
});

describe('a start of a session', () => {
  test.each(['startup', 'clear', 'resume', 'compact', 'something new'])(
    '(%s) that was given nothing yet is given the persona',
    (source) => {
      expect(planInjection(start(source), [])).toEqual({ context: 1, how: 'answer' });
    },
  );

  test.each(['startup', 'clear', 'resume', 'something new'])('(%s) has it already', (source) => {
    for (const state of ['claimed', 'delivered', 'confirmed', 'uncertain'] as const) {
      expect(planInjection(start(source), [past(1, { state })])).toBeNull();
    }
  });

  test('after a compaction is a new context', () => {
    expect(planInjection(start('compact'), [past(2), past(1)])).toMatchObject({ context: 3 });
  });

  test('of the same compaction is not', () => {
    expect(planInjection(start('compact', { wentOn: false }), [past(1)])).toBeNull();
  });

  test('that nobody waits for is typed', () => {
    expect(planInjection(start('startup', { answerable: false }), [])?.how).toBe('typed');
  });

  test('is tried again where the last try has certainly failed', () => {
    const failed = past(1, { state: 'failed' });
    expect(planInjection(start('resume'), [failed])).toMatchObject({ context: 2 });
  });

  test('of another persona is given the new one', () => {
    expect(planInjection(start('resume', { persona: 'writer' }), [past(1)])).toMatchObject({
      context: 2,
    });
  });
});

const open = { id: 7, token: 't7', promptId: null };

describe('what the transcript shows', () => {
  test('proves the open injection, once', () => {
    const activity = freshActivity(0);
    expect(noteTokens(activity, ['t7'])).toBeNull();
    activity.persona = { open, proved: [], notice: null, hold: null };
    expect(noteTokens(activity, ['other'])).toBeNull();
    expect(noteTokens(activity, ['t7', 'other'])).toEqual(open);
    expect(noteTokens(activity, ['t7'])).toBeNull();
    expect(activity.persona.proved).toEqual(['other', 't7']);
  });

  test('is remembered in bounds', () => {
    const activity = freshActivity(0);
    activity.persona = { open: null, proved: [], notice: null, hold: null };
    noteTokens(
      activity,
      Array.from({ length: 100 }, (_, n) => `t${n}`),
    );
    expect(activity.persona.proved).toHaveLength(8);
  });
});

test('a hold keeps all prompts back but that of the persona', () => {
  const activity = freshActivity(0);
  expect(personaBar(activity, 1)).toBeNull();
  const hold = 'no guardrails';
  activity.persona = { open: { ...open, promptId: 1 }, proved: [], notice: null, hold };
  expect(personaBar(activity, 1)).toBeNull();
  expect(personaBar(activity, 2)).toBe(hold);
  activity.persona = { open: null, proved: [], notice: null, hold };
  expect(personaBar(activity, 1)).toBe(hold);
});
