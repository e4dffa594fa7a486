import { HANDOFF_STATES, type HandoffState, type HandoffView } from '@headspace/contract';
import { describe, expect, test } from 'vitest';
import { agentOf } from '../model/agent-builder.ts';
import { canHandOver, handoffWords, isOpen } from './handoff-words.ts';

function handoff(state: HandoffState, more: Partial<HandoffView> = {}): HandoffView {
  const at = '2026-11-23T00:00:00.000Z';
  return {
    id: 1,
    agentId: 1,
    successorId: null,
    launchId: null,
    trigger: 'person',
    reason: null,
    note: null,
    state,
    failedIn: null,
    why: null,
    attempt: 1,
    path: null,
    exam: null,
    createdAt: at,
    changedAt: at,
    deadlineAt: null,
    ...more,
  };
}

describe('a handoff in words', () => {
  test('has some for each state, and for each step it can fail in', () => {
    const words = HANDOFF_STATES.map((state) => handoffWords(handoff(state)));
    expect(new Set(words).size).toBe(HANDOFF_STATES.length);
    expect(handoffWords(handoff('failed', { failedIn: 'asked' }))).toBe(
      'Failed: there is no document',
    );
  });
});

describe('an agent can hand over', () => {
  const reachable = agentOf({ id: 1, tmuxPane: '%1' });

  test('while it can be reached and has none open', () => {
    expect(canHandOver(reachable, [])).toBe(true);
    expect(canHandOver(reachable, [handoff('done'), handoff('abandoned')])).toBe(true);
    expect(canHandOver(reachable, [handoff('failed')])).toBe(false);
    expect(canHandOver(reachable, [handoff('failed', { agentId: 7, successorId: 1 })])).toBe(true);
  });

  test('not without a terminal, sealed, or while it is examined', () => {
    expect(canHandOver({ ...reachable, tmuxPane: null }, [])).toBe(false);
    expect(canHandOver({ ...reachable, successorId: 2 }, [])).toBe(false);
    expect(canHandOver({ ...reachable, handoff: { id: 1, state: 'examining' } }, [])).toBe(false);
  });

  test('open is what is neither done nor given up', () => {
    expect(HANDOFF_STATES.filter((state) => !isOpen(handoff(state)))).toEqual([
      'done',
      'abandoned',
    ]);
  });
});
