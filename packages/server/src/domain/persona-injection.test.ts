import { describe, expect, test } from 'vitest';
import { planInjection, type PastInjection, type Start } from './persona-injection.ts';

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
