import { PROMPT_STATES } from '@headspace/contract';
import { describe, expect, test } from 'vitest';
import { freshActivity } from './activity.ts';
import { foldChanges, type PromptChange, recount } from './delivery.ts';
import { promptStep, type PromptSignal } from './prompt-state.ts';
import { type PromptStep, stepPrompt } from './prompt-step.ts';

const SIGNALS = [
  'edit',
  'claim',
  'paste',
  'release',
  'accept',
  'fail',
  'cancel',
  'requeue',
] as const;

describe('the table', () => {
  /** Columns in the order of SIGNALS; a dot is refused. */
  test.each([
    ['queued', 'queued delivering . queued accepted failed cancelled .'],
    ['delivering', '. . pasted queued accepted failed . .'],
    ['pasted', '. . pasted queued accepted failed . .'],
    ['accepted', '. . . . . . . .'],
    ['failed', '. . . . accepted . cancelled queued'],
    ['cancelled', '. . . . . . . queued'],
  ] as const)('%s', (state, row) => {
    const steps = SIGNALS.map((signal: PromptSignal) => promptStep(state, signal) ?? '.');
    expect(steps.join(' ')).toBe(row);
  });

  test('what is accepted stays so, and nothing in flight can be taken back', () => {
    for (const state of PROMPT_STATES) {
      const inFlight = state === 'delivering' || state === 'pasted';
      if (inFlight) expect(promptStep(state, 'cancel')).toBeNull();
      if (inFlight) expect(promptStep(state, 'edit')).toBeNull();
    }
  });
});

describe('a step', () => {
  const take = (steps: readonly PromptStep[]) => {
    const activity = freshActivity(0);
    let state: PromptChange['to'] = 'queued';
    const changes = steps.map((step, n) => {
      const change = stepPrompt(activity, { id: 1, state }, step, 100 + n);
      state = change?.to ?? state;
      return change;
    });
    return { activity, state, changes };
  };
  const claim = { signal: 'claim', match: 'm' } as const;

  test('to a delivery is remembered until it is over', () => {
    const begun = take([claim, { signal: 'paste' }]);
    expect(begun).toMatchObject({
      state: 'pasted',
      activity: { delivery: { promptId: 1, at: 100 } },
    });
    for (const last of [
      { signal: 'release', reason: 'somebody types' },
      { signal: 'fail', reason: 'pane gone', uncertain: false },
      { signal: 'accept', by: 'screen' },
    ] as const) {
      const { activity } = take([claim, last]);
      expect(activity.delivery).toBeNull();
      expect(activity.unproven).toBeUndefined();
    }
  });

  test('to an uncertain end leaves the proof open, also when it is sent again', () => {
    const uncertain = { signal: 'fail', reason: 'uncertain', uncertain: true } as const;
    expect(take([claim, uncertain]).activity.unproven).toMatchObject([
      { promptId: 1, state: 'failed' },
    ]);
    const again = { signal: 'requeue', reason: null } as const;
    expect(take([claim, uncertain, again]).activity.unproven).toMatchObject([{ state: 'queued' }]);
    for (const last of [
      { signal: 'edit', body: 'b' } as const,
      claim,
      { signal: 'cancel' } as const,
    ]) {
      expect(take([claim, uncertain, again, last]).activity.unproven).toBeUndefined();
    }
  });

  test('that the table refuses changes nothing', () => {
    const { activity, changes } = take([claim, claim]);
    expect(changes[1]).toBeNull();
    expect(activity.delivery).toMatchObject({ at: 100 });
  });
});

test('several changes of one prompt are written as one, and counted so', () => {
  const change = (from: PromptChange['from'], to: PromptChange['to']): PromptChange => ({
    id: 1,
    from,
    to,
    at: 0,
    reason: null,
  });
  const changes = [
    { ...change(['queued'], 'delivering'), attempts: true as const },
    change(['delivering', 'pasted'], 'accepted'),
  ];
  expect(foldChanges(changes)).toEqual([{ ...change(['queued'], 'accepted'), attempts: true }]);
  const before = { queued: 2, inFlight: 0, failed: 1 };
  expect(recount(before, changes, 1)).toEqual({ queued: 2, inFlight: 0, failed: 1 });
  expect(recount(before, [change(['failed'], 'queued')], 0)).toEqual({
    queued: 3,
    inFlight: 0,
    failed: 0,
  });
});
