import { HANDOFF_STATES, type HandoffState } from '@headspace/contract';
import { describe, expect, test } from 'vitest';
import { type HandoffSignal, handoffStep, isStep } from './handoff.ts';

const from = (state: HandoffState, signal: HandoffSignal) =>
  handoffStep({ state, failedIn: null }, signal);

describe('steps of a handoff', () => {
  test('go one way, in order', () => {
    const way: [HandoffState, HandoffSignal, HandoffState][] = [
      ['requested', 'ask', 'asked'],
      ['asked', 'write', 'written'],
      ['written', 'launch', 'launching'],
      ['launching', 'seal', 'examining'],
      ['examining', 'finish', 'done'],
    ];
    for (const [state, signal, to] of way) {
      expect(from(state, signal)).toBe(to);
      for (const other of HANDOFF_STATES) {
        if (other !== state) expect(from(other, signal), `${other} ${signal}`).toBeNull();
      }
    }
  });

  test('fail and are abandoned from every step; what is over stays over', () => {
    for (const state of HANDOFF_STATES) {
      const open = state !== 'done' && state !== 'abandoned';
      expect(from(state, 'fail')).toBe(isStep(state) ? 'failed' : null);
      expect(from(state, 'abandon')).toBe(open ? 'abandoned' : null);
      expect(from(state, 'resume')).toBeNull();
    }
  });

  test('are resumed where they failed, the missing document and successor from before', () => {
    const resumed = HANDOFF_STATES.filter(isStep).map((failedIn) => [
      failedIn,
      handoffStep({ state: 'failed', failedIn }, 'resume'),
    ]);
    expect(Object.fromEntries(resumed)).toEqual({
      requested: 'requested',
      asked: 'requested',
      written: 'written',
      launching: 'written',
      examining: 'examining',
    });
  });
});
