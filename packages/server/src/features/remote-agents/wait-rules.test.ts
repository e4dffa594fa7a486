import type { RemoteAgentView } from '@headspace/contract';
import { expect, test } from 'vitest';
import { isReached } from './wait-rules.ts';

const NO_PROMPTS = { queued: 0, inFlight: 0, failed: 0 };
const at = (
  attention: NonNullable<RemoteAgentView['agent']>['attention'],
  prompts = NO_PROMPTS,
): Pick<RemoteAgentView, 'status' | 'agent'> => ({
  status: 'running',
  agent: {
    name: 'shop',
    attention,
    reason: 'r',
    since: '2026-11-23T00:00:00.000Z',
    dialogs: [],
    prompts,
    contextPercent: null,
    endedAt: null,
  },
});

test('rest counts only while no prompt is on its way', () => {
  expect(isReached(at('your_turn'), ['your_turn'])).toBe(true);
  expect(isReached(at('your_turn'), ['idle', 'your_turn'])).toBe(true);
  expect(isReached(at('your_turn'), ['idle'])).toBe(false);
  expect(isReached(at('your_turn', { ...NO_PROMPTS, queued: 1 }), ['your_turn'])).toBe(false);
  expect(isReached(at('idle', { ...NO_PROMPTS, inFlight: 1 }), ['idle'])).toBe(false);
  // A prompt that failed moves nothing any more.
  expect(isReached(at('idle', { ...NO_PROMPTS, failed: 1 }), ['idle'])).toBe(true);
  expect(isReached(at('needs_you', { ...NO_PROMPTS, queued: 1 }), ['needs_you'])).toBe(true);
});

test('the end of the agent, and a start that failed, end every wait', () => {
  for (const status of ['ended', 'failed', 'stopped'] as const) {
    expect(isReached({ status, agent: null }, ['your_turn'])).toBe(true);
  }
  for (const status of ['requested', 'starting', 'stopping'] as const) {
    expect(isReached({ status, agent: null }, ['your_turn', 'running', 'ended'])).toBe(false);
  }
  expect(isReached(at('working'), ['running'])).toBe(true);
});
