import { ATTENTIONS, type AgentView, type Attention } from '@headspace/contract';
import { expect, test } from 'vitest';
import { agentOf } from './agent-builder.ts';
import { groupAgents, isNoFilter, NO_FILTER, projectOptions } from './agent-list.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 4, 20, 12, minute)).toISOString();
const idsOf = (agents: AgentView[], attention: Attention, filter = NO_FILTER) =>
  groupAgents(agents, filter)
    .find((group) => group.attention === attention)
    ?.agents.map((agent) => agent.id);

test('groups come in the order of the vocabulary, empty ones too', () => {
  const groups = groupAgents([agentOf({ id: 1, attention: 'working' })], NO_FILTER);
  expect(groups.map((group) => group.attention)).toEqual([...ATTENTIONS]);
  expect(groups.map((group) => group.total)).toEqual([0, 0, 0, 0, 0, 1, 0, 0]);
});

test.each([
  ['needs_you', [2, 3, 1]],
  ['working', [2, 3, 1]],
  ['your_turn', [1, 3, 2]],
  ['ended', [1, 3, 2]],
] as const)('%s: longest wait first, or newest first', (attention, order) => {
  const agents = [
    agentOf({ id: 1, attention, since: at(30) }),
    agentOf({ id: 2, attention, since: at(10) }),
    agentOf({ id: 3, attention, since: at(20) }),
  ];
  expect(idsOf(agents, attention)).toEqual(order);
});

test('the same moment is ordered by id', () => {
  const agents = [3, 1, 2].map((id) => agentOf({ id, attention: 'your_turn' }));
  expect(idsOf(agents, 'your_turn')).toEqual([1, 2, 3]);
});

test('a word this page does not know is shown as unknown, not lost', () => {
  const agent = { ...agentOf({ id: 1 }), attention: 'thinking' } as unknown as AgentView;
  expect(idsOf([agent], 'unknown')).toEqual([1]);
});

test('all words of the filter must occur, in any field and case; totals do not change', () => {
  const agents = [
    agentOf({ id: 1, name: 'Checkout', host: 'devbox' }),
    agentOf({ id: 2, name: 'Search', host: 'devbox' }),
  ];
  const filter = { ...NO_FILTER, text: '  DEV  check ' };
  expect(idsOf(agents, 'idle', filter)).toEqual([1]);
  expect(groupAgents(agents, filter).find((g) => g.attention === 'idle')?.total).toBe(2);
  expect(idsOf(agents, 'idle', { text: '', projectId: 99 })).toEqual([]);
});

test('a filter of spaces is none', () => {
  expect(isNoFilter({ text: '  ', projectId: null })).toBe(true);
  expect(isNoFilter({ text: '', projectId: 1 })).toBe(false);
});

test('projects are counted without ended agents and ordered by name', () => {
  const project = (id: number, name: string) => ({ id, name, path: `/p/${name}` });
  const agents = [
    agentOf({ id: 1, project: project(2, 'zebra') }),
    agentOf({ id: 2, project: project(1, 'apple') }),
    agentOf({ id: 3, project: project(2, 'zebra') }),
    agentOf({ id: 4, project: project(3, 'gone'), attention: 'ended' }),
  ];
  expect(projectOptions(agents)).toEqual([
    { id: 1, name: 'apple', agents: 1 },
    { id: 2, name: 'zebra', agents: 2 },
  ]);
  expect(projectOptions(agents, 3)).toContainEqual({ id: 3, name: 'gone', agents: 0 });
  expect(projectOptions(agents, 9).map((option) => option.id)).toContain(9);
});
