import type { CommandView, SummaryLine } from '@headspace/contract';
import { expect, test } from 'vitest';
import { agentOf } from './agent-builder.ts';
import { applyMessages, applySnapshot, EMPTY_BOARD } from './board-state.ts';
import { askedLine, keepLines, withLines } from './summary-lines.ts';

const command: CommandView = {
  id: 7,
  state: 'complete',
  prompt: 'fix it',
  startedAt: '2026-05-20T12:00:00.000Z',
  completedAt: '2026-05-20T12:01:00.000Z',
  outcome: 'finished',
  output: 'known',
  summary: { instruction: null, outcome: null },
};
const agent = agentOf({ id: 1, command });
const line: SummaryLine = {
  kind: 'turn',
  entityId: 40,
  commandId: 7,
  serves: 'command-outcome',
  text: 'It is fixed',
  frustration: null,
};
const outcomeOf = (of: typeof agent | undefined) => of?.command?.summary.outcome;

test('a line of the command is taken in, others are not', () => {
  expect(outcomeOf(withLines(agent, [line]))).toBe('It is fixed');
  expect(withLines(agent, [{ ...line, commandId: 8 }])).toBe(agent);
  expect(withLines(agent, [{ ...line, serves: null }])).toBe(agent);
  const own = { ...line, kind: 'command-outcome' as const, entityId: 7, serves: null };
  expect(outcomeOf(withLines(agent, [own]))).toBe('It is fixed');
});

test('a view from before does not take a line away, one of another command does', () => {
  const known = withLines(agent, [line]);
  expect(outcomeOf(keepLines(agent, known))).toBe('It is fixed');
  const next = agentOf({ id: 1, command: { ...command, id: 8 } });
  expect(keepLines(next, known)).toBe(next);
});

test('through the stream, in either order', () => {
  const board = applySnapshot(EMPTY_BOARD, { agents: [agent], cursor: '5', includesEnded: false });
  const told = { type: 'summary.changed' as const, agentId: 1, summaries: [line] };
  const changed = { type: 'agent.changed' as const, agent, transitions: [], hookEventIds: [] };
  const after = applyMessages(board, [
    { cursor: '6', message: told },
    { cursor: '7', message: changed },
  ]);
  expect(outcomeOf(after.agents.get(1))).toBe('It is fixed');
  expect(after.cursor).toBe('7');
});

test('a short prompt says itself what was asked', () => {
  const summary = { instruction: 'Fix it', outcome: null };
  expect(askedLine({ ...command, summary })).toBe('fix it');
  expect(askedLine({ ...command, summary, prompt: 'fix it\nand more' })).toBe('Fix it');
  expect(askedLine({ ...command, prompt: 'x'.repeat(200) })).toBe('x'.repeat(200));
});
