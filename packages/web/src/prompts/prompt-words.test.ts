import type { PromptView } from '@headspace/contract';
import { describe, expect, test } from 'vitest';
import { agentOf } from '../model/agent-builder.ts';
import { looksLikeCommand, shownPrompts, stateWords, unreachable } from './prompt-words.ts';

function promptOf(over: Partial<PromptView> & { id: number }): PromptView {
  const at = '2026-05-20T12:00:00.000Z';
  return {
    agentId: 1,
    key: `k${over.id}`,
    text: 'hello',
    kind: 'text',
    state: 'queued',
    place: null,
    revision: 1,
    attempt: 0,
    reason: null,
    createdAt: at,
    changedAt: at,
    acceptedAt: null,
    acceptedBy: null,
    ...over,
  };
}

describe('a message in words', () => {
  test.each([
    [{ state: 'queued', place: 1 }, 'Next'],
    [{ state: 'queued', place: 3 }, 'Waits, place 3'],
    [{ state: 'accepted', acceptedBy: 'queue' }, 'Arrived, waits for its turn'],
    [{ state: 'accepted', acceptedBy: 'hook' }, 'Arrived'],
    [{ state: 'failed' }, 'Not delivered'],
  ] as const)('%j', (over, words) => {
    expect(stateWords(promptOf({ id: 1, ...over }))).toBe(words);
  });
});

test('all that are open are shown, and the last few that are done', () => {
  const states = ['delivering', 'queued', 'failed', 'accepted', 'cancelled', 'accepted'] as const;
  const prompts = states.map((state, n) => promptOf({ id: n + 1, state }));
  expect(shownPrompts(prompts, 2).map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
});

test('nothing can be said to who has ended, prints, or has no pane', () => {
  const agent = agentOf({ id: 1, tmuxPane: '%1' });
  expect(unreachable(agent)).toBeNull();
  expect(unreachable({ ...agent, endedAt: agent.createdAt })).toMatch(/ended/);
  expect(unreachable({ ...agent, successorId: 2 })).toMatch(/successor/);
  expect(unreachable({ ...agent, kind: 'print' })).toMatch(/claude -p/);
  expect(unreachable({ ...agent, tmuxPane: null })).toMatch(/outside tmux/);
});

test('what looks like a command', () => {
  expect(['/compact', ' !ls', '/'].map(looksLikeCommand)).toEqual([true, true, false]);
  expect(looksLikeCommand('and / or')).toBe(false);
});
