/** Which agents an event needs locked: a proposal without any lock, confirmed later under it. */
import { correlate, type Decision } from '../../domain/correlation.ts';
import { findCandidates, loadAgent, type LoadedAgent, nextAgentId } from '../agents/index.ts';
import { askPresence, type PresenceMap, toCandidate } from './candidates.ts';
import type { HooksContext } from './context.ts';
import type { ParsedEvent } from './parsed-event.ts';

export type Proposal =
  | { kind: 'record'; reason: string }
  | { kind: 'agents'; ids: number[]; newId: number | null; presence: PresenceMap };

export async function propose(context: HooksContext, event: ParsedEvent): Promise<Proposal> {
  const agents = await candidatesOf(context, event);
  const presence = askPresence(agents, context.hostId, context.processes);
  const decision = decide(event, agents, presence);
  switch (decision.kind) {
    case 'record':
      return decision;
    case 'agent':
      return {
        kind: 'agents',
        ids: [decision.id, ...decision.losers.map(({ id }) => id)],
        newId: null,
        presence,
      };
    case 'create': {
      const newId = await nextAgentId(context.pool);
      const ids = [newId, ...decision.losers.map(({ id }) => id)];
      return { kind: 'agents', ids, newId, presence };
    }
  }
}

/** Agents that the event could belong to, as they stand in the database. */
export async function candidatesOf(
  context: HooksContext,
  event: ParsedEvent,
): Promise<LoadedAgent[]> {
  const { facts } = event;
  const rows = await findCandidates(context.pool, {
    host: facts.host,
    sessionIds: [facts.sessionId],
    promptIds: facts.promptId === null ? [] : [facts.promptId],
    panes:
      facts.tmuxPane === null ? [] : [{ socket: facts.tmuxSocket ?? '', pane: facts.tmuxPane }],
    pids: facts.pid === null ? [] : [facts.pid],
    // Only the first sign of a session asks who was there before it.
    endedIn: facts.loadReason === 'session_start' ? facts.cwd : null,
  });
  return rows.map(loadAgent);
}

export function decide(
  event: ParsedEvent,
  agents: readonly LoadedAgent[],
  presence: PresenceMap,
): Decision {
  return correlate(
    event.facts,
    agents.map((agent) => toCandidate(agent, presence)),
  );
}
