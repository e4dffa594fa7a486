/** Filtering, grouping and ordering of agents for the board. Pure. */
import { ATTENTIONS, type AgentView, type Attention } from '@headspace/contract';
import { groupOf } from './attention.ts';

export interface AgentFilter {
  /** Words that must all occur, in any order, in what an agent shows. */
  text: string;
  projectId: number | null;
}

export const NO_FILTER: AgentFilter = { text: '', projectId: null };

export interface AgentGroup {
  attention: Attention;
  /** Agents that pass the filter, in display order. */
  agents: AgentView[];
  /** All agents of this attention, whatever the filter. */
  total: number;
}

export interface ProjectOption {
  id: number;
  name: string;
  agents: number;
}

/** Groups in which the newest comes first; in all others whoever waits longest does. */
const NEWEST_FIRST: ReadonlySet<Attention> = new Set(['your_turn', 'idle', 'ended']);

/** One group for every attention, in the order of the vocabulary, empty ones included. */
export function groupAgents(agents: Iterable<AgentView>, filter: AgentFilter): AgentGroup[] {
  const groups = new Map<Attention, AgentGroup>(
    ATTENTIONS.map((attention) => [attention, { attention, agents: [], total: 0 }]),
  );
  const matches = agentMatcher(filter);
  for (const agent of agents) {
    const group = groups.get(groupOf(agent.attention));
    if (!group) continue;
    group.total += 1;
    if (matches(agent)) group.agents.push(agent);
  }
  for (const group of groups.values()) group.agents.sort(comparatorOf(group.attention));
  return [...groups.values()];
}

/** True where the filter lets everything through. */
export function isNoFilter(filter: AgentFilter): boolean {
  return filter.text.trim() === '' && filter.projectId === null;
}

/**
 * Projects with at least one agent that has not ended, by name; and the chosen one in any case,
 * so that what filters the board can always be seen.
 */
export function projectOptions(
  agents: Iterable<AgentView>,
  chosen: number | null = null,
): ProjectOption[] {
  const byId = new Map<number, ProjectOption>();
  if (chosen !== null) byId.set(chosen, { id: chosen, name: 'Project without agents', agents: 0 });
  for (const { project, attention } of agents) {
    if (attention === 'ended' && project.id !== chosen) continue;
    const count = (byId.get(project.id)?.agents ?? 0) + (attention === 'ended' ? 0 : 1);
    byId.set(project.id, { id: project.id, name: project.name, agents: count });
  }
  return [...byId.values()].sort((a, b) => a.name.localeCompare(b.name) || a.id - b.id);
}

function agentMatcher(filter: AgentFilter): (agent: AgentView) => boolean {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return (agent) =>
    (filter.projectId === null || agent.project.id === filter.projectId) &&
    words.every((word) => searchTextOf(agent).includes(word));
}

/** Views are never changed in place, so the text of a view is built once. */
const searchTexts = new WeakMap<AgentView, string>();

function searchTextOf(agent: AgentView): string {
  const known = searchTexts.get(agent);
  if (known !== undefined) return known;
  const text = [
    agent.name,
    agent.project.name,
    agent.project.path,
    agent.reason,
    agent.command?.prompt,
    agent.host,
    agent.tmuxPane,
    agent.sessionId,
    ...agent.dialogs.map((dialog) => dialog.summary),
  ]
    .filter(Boolean)
    .join('\n')
    .toLowerCase();
  searchTexts.set(agent, text);
  return text;
}

function comparatorOf(attention: Attention): (a: AgentView, b: AgentView) => number {
  const sign = NEWEST_FIRST.has(attention) ? -1 : 1;
  return (a, b) => sign * (sinceMs(a) - sinceMs(b)) || a.id - b.id;
}

const sinceTimes = new WeakMap<AgentView, number>();

function sinceMs(agent: AgentView): number {
  let time = sinceTimes.get(agent);
  if (time === undefined) {
    time = Date.parse(agent.since);
    sinceTimes.set(agent, time);
  }
  return time;
}
