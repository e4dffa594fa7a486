/**
 * What the page knows of all agents, and how snapshots and stream messages change it. Pure.
 *
 * Each agent's view carries the stream position it was written at. A message that is not later
 * than the view it would replace is dropped, so duplicates and messages in the wrong order (two
 * connections overlapping, a snapshot fetched beside the stream) cannot bring back an old state.
 */
import type { AgentView, StreamMessage } from '@headspace/contract';
import { isLaterCursor } from './cursor.ts';
import { keepLines, withLines } from './summary-lines.ts';

export interface ParkedEvent {
  hookEventId: number;
  agentId: number | null;
  error: string;
}

export interface BoardState {
  readonly agents: ReadonlyMap<number, AgentView>;
  /** Stream position of each agent's view. */
  readonly positions: ReadonlyMap<number, string>;
  /** The latest position seen; where the stream goes on. Null before the first snapshot. */
  readonly cursor: string | null;
  /** Whether ended agents have been fetched. */
  readonly endedLoaded: boolean;
  readonly parked: readonly ParkedEvent[];
}

export interface Snapshot {
  agents: readonly AgentView[];
  cursor: string;
  /** Whether it holds the ended agents too. */
  includesEnded: boolean;
}

export interface PositionedMessage {
  cursor: string;
  message: StreamMessage;
}

export const EMPTY_BOARD: BoardState = {
  agents: new Map(),
  positions: new Map(),
  cursor: null,
  endedLoaded: false,
  parked: [],
};

/** Replaces what is known by a snapshot, except where the stream has already told more. */
export function applySnapshot(state: BoardState, snapshot: Snapshot): BoardState {
  const agents = new Map<number, AgentView>();
  const positions = new Map<number, string>();
  const keep = (agent: AgentView, position: string) => {
    agents.set(agent.id, agent);
    positions.set(agent.id, position);
  };
  for (const agent of snapshot.agents) keep(agent, snapshot.cursor);
  for (const [id, agent] of state.agents) {
    const position = state.positions.get(id) ?? snapshot.cursor;
    const newer = isLaterCursor(position, snapshot.cursor);
    const leftOut = !snapshot.includesEnded && agent.attention === 'ended' && !agents.has(id);
    if (newer || leftOut) keep(agent, position);
  }
  const { cursor } = state;
  return {
    agents,
    positions,
    cursor: cursor !== null && isLaterCursor(cursor, snapshot.cursor) ? cursor : snapshot.cursor,
    endedLoaded: state.endedLoaded || snapshot.includesEnded,
    parked: state.parked,
  };
}

/**
 * Applies a burst of messages at once. Returns the same object where nothing changed for the
 * reader, so that nothing is drawn again.
 */
export function applyMessages(state: BoardState, batch: readonly PositionedMessage[]): BoardState {
  let { cursor, parked } = state;
  let agents: Map<number, AgentView> | undefined;
  let positions: Map<number, string> | undefined;
  for (const { cursor: position, message } of batch) {
    if (isLaterCursor(position, cursor)) cursor = position;
    if (message.type === 'hook_event.parked') parked = withParked(parked, message);
    if (message.type === 'summary.changed') {
      const known = (agents ?? state.agents).get(message.agentId ?? 0);
      const told = known && withLines(known, message.summaries);
      if (told === undefined || told === known) continue;
      agents ??= new Map(state.agents);
      agents.set(told.id, told);
    }
    if (message.type !== 'agent.changed') continue;
    const { agent } = message;
    const known = (positions ?? state.positions).get(agent.id) ?? null;
    if (!isLaterCursor(position, known)) continue;
    agents ??= new Map(state.agents);
    positions ??= new Map(state.positions);
    agents.set(agent.id, keepLines(agent, agents.get(agent.id)));
    positions.set(agent.id, position);
  }
  if (cursor === state.cursor && parked === state.parked && !agents) return state;
  return {
    ...state,
    cursor,
    parked,
    agents: agents ?? state.agents,
    positions: positions ?? state.positions,
  };
}

/** Forgets the position after a `stream.reset` so that the stream goes on from `cursor`. */
export function restartAt(state: BoardState, cursor: string): BoardState {
  return { ...state, cursor, positions: new Map() };
}

/** Ids of agents that have come to need a person between two states, in no order. */
export function newlyNeedingYou(before: BoardState, after: BoardState): number[] {
  const ids: number[] = [];
  for (const [id, agent] of after.agents) {
    const needed = before.agents.get(id)?.attention === 'needs_you';
    if (agent.attention === 'needs_you' && !needed) ids.push(id);
  }
  return ids;
}

function withParked(
  parked: readonly ParkedEvent[],
  { hookEventId, agentId, error }: ParkedEvent,
): readonly ParkedEvent[] {
  if (parked.some((event) => event.hookEventId === hookEventId)) return parked;
  return [...parked, { hookEventId, agentId, error }].slice(-50);
}
