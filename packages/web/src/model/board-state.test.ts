import type { AgentView, StreamMessage } from '@headspace/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { agentOf } from './agent-builder.ts';
import {
  applyMessages,
  applySnapshot,
  EMPTY_BOARD,
  newlyNeedingYou,
  restartAt,
  type BoardState,
  type PositionedMessage,
} from './board-state.ts';

const changed = (cursor: number, agent: AgentView): PositionedMessage => ({
  cursor: String(cursor),
  message: { type: 'agent.changed', agent, transitions: [], hookEventIds: [] },
});

const snapshotAt = (cursor: number, agents: AgentView[], includesEnded = false) => ({
  agents,
  cursor: String(cursor),
  includesEnded,
});

const reasons = (state: BoardState) =>
  Object.fromEntries([...state.agents].map(([id, agent]) => [id, agent.reason]));

test('a message replaces the view, a duplicate and an older one do nothing', () => {
  const start = applySnapshot(EMPTY_BOARD, snapshotAt(10, [agentOf({ id: 1, reason: 'ten' })]));
  const later = applyMessages(start, [changed(12, agentOf({ id: 1, reason: 'twelve' }))]);
  expect(reasons(later)).toEqual({ 1: 'twelve' });
  const again = applyMessages(later, [
    changed(12, agentOf({ id: 1, reason: 'duplicate' })),
    changed(9, agentOf({ id: 1, reason: 'nine' })),
  ]);
  expect(again).toBe(later);
});

test('any order of the same messages, with repeats, ends in the same board', () => {
  const messages = Array.from({ length: 12 }, (_, i) =>
    changed(100 + i, agentOf({ id: (i % 3) + 1, reason: `at ${100 + i}` })),
  );
  const expected = { 1: 'at 109', 2: 'at 110', 3: 'at 111' };
  fc.assert(
    fc.property(
      fc.shuffledSubarray([...messages, ...messages.slice(0, 6)], { minLength: 18 }),
      fc.integer({ min: 0, max: 18 }),
      (shuffled, cut) => {
        const half = applyMessages(EMPTY_BOARD, shuffled.slice(0, cut));
        const state = applyMessages(half, shuffled.slice(cut));
        expect(reasons(state)).toEqual(expected);
        expect(state.cursor).toBe('111');
      },
    ),
  );
});

test('a snapshot that was overtaken by the stream does not bring back the past', () => {
  const live = applyMessages(EMPTY_BOARD, [changed(20, agentOf({ id: 1, reason: 'twenty' }))]);
  const state = applySnapshot(
    live,
    snapshotAt(15, [agentOf({ id: 1, reason: 'fifteen' }), agentOf({ id: 2, reason: 'two' })]),
  );
  expect(reasons(state)).toEqual({ 1: 'twenty', 2: 'two' });
  expect(state.cursor).toBe('20');
});

test('an agent that a later snapshot does not hold is gone', () => {
  const before = applySnapshot(
    EMPTY_BOARD,
    snapshotAt(5, [agentOf({ id: 1 }), agentOf({ id: 2 })]),
  );
  const after = applySnapshot(before, snapshotAt(9, [agentOf({ id: 2 })]));
  expect([...after.agents.keys()]).toEqual([2]);
});

test('ended agents stay through a snapshot that leaves them out, not through one that would not', () => {
  const ended = agentOf({ id: 1, attention: 'ended' });
  const before = applySnapshot(EMPTY_BOARD, snapshotAt(5, [ended], true));
  expect(applySnapshot(before, snapshotAt(9, [])).agents.size).toBe(1);
  expect(applySnapshot(before, snapshotAt(9, [])).endedLoaded).toBe(true);
  expect(applySnapshot(before, snapshotAt(9, [], true)).agents.size).toBe(0);
});

test('after a reset lower positions count again', () => {
  const before = applySnapshot(EMPTY_BOARD, snapshotAt(500, [agentOf({ id: 1, reason: 'old' })]));
  const reset = restartAt(before, '3');
  const state = applySnapshot(reset, snapshotAt(4, [agentOf({ id: 1, reason: 'new' })]));
  expect(reasons(state)).toEqual({ 1: 'new' });
  expect(state.cursor).toBe('4');
});

test('a parked event is kept once, and moves the cursor', () => {
  const message: StreamMessage = {
    type: 'hook_event.parked',
    hookEventId: 8,
    agentId: null,
    error: 'no session',
  };
  const state = applyMessages(EMPTY_BOARD, [
    { cursor: '1', message },
    { cursor: '2', message },
  ]);
  expect(state.parked).toEqual([{ hookEventId: 8, agentId: null, error: 'no session' }]);
  expect(state.cursor).toBe('2');
});

test('tells who has come to need a person', () => {
  const before = applySnapshot(
    EMPTY_BOARD,
    snapshotAt(1, [agentOf({ id: 1, attention: 'needs_you' }), agentOf({ id: 2 })]),
  );
  const after = applyMessages(before, [
    changed(2, agentOf({ id: 1, attention: 'needs_you', reason: 'still' })),
    changed(3, agentOf({ id: 2, attention: 'needs_you' })),
    changed(4, agentOf({ id: 3, attention: 'needs_you' })),
  ]);
  expect(newlyNeedingYou(before, after)).toEqual([2, 3]);
});
