/** From loaded agents to what correlation reads of them. */
import type { Candidate, KnownProcess } from '../../domain/correlation.ts';
import type { ProcessTable } from '../../platform/process-table.ts';
import type { LoadedAgent } from '../agents/index.ts';
import type { ParsedEvent } from './parsed-event.ts';

/** What the process table said of a process, by `presenceKey`. Asked before the lock is taken. */
export type PresenceMap = ReadonlyMap<string, KnownProcess['presence']>;

const presenceKey = (host: string, pid: number, procStart: string) => `${host} ${pid} ${procStart}`;

/** Looks up the processes of agents of the own host; those of others stay unknown. */
export function askPresence(
  agents: readonly LoadedAgent[],
  ownHost: string,
  table: ProcessTable,
): PresenceMap {
  const presence = new Map<string, KnownProcess['presence']>();
  for (const agent of agents) {
    if (agent.host !== ownHost) continue;
    for (const { pid, procStart } of agent.processes) {
      presence.set(presenceKey(agent.host, pid, procStart), table.presence(pid, procStart));
    }
  }
  return presence;
}

/**
 * Whether the decision may turn on who is alive, and nobody has looked at all of them: a section that
 * was begun for an earlier event knows only what that one needed. A start may take over a terminal;
 * a session that is not known may be one that left another process behind.
 */
export function needsALook(
  event: ParsedEvent,
  agents: readonly LoadedAgent[],
  presence: PresenceMap,
  ownHost: string,
): boolean {
  const { facts } = event;
  const isKnown = agents.some(({ sessionIds }) => sessionIds.includes(facts.sessionId));
  if (isKnown && facts.event !== 'SessionStart') return false;
  return agents.some(
    ({ host, processes }) =>
      host === ownHost &&
      processes.some(
        ({ pid, procStart, goneAt }) =>
          goneAt === null && pid !== facts.pid && !presence.has(presenceKey(host, pid, procStart)),
      ),
  );
}

export function toCandidate(agent: LoadedAgent, presence: PresenceMap): Candidate {
  const { ending, activity } = agent.state;
  return {
    id: agent.id,
    host: agent.host,
    sessionId: agent.sessionId,
    sessionIds: agent.sessionIds,
    handoverPromptId: agent.handoverPromptId,
    lastStart: agent.lastStart,
    atRestSinceStart: activity.turn === 'resumed' || activity.turn === 'none',
    cwd: agent.cwd,
    tmuxSocket: agent.tmuxSocket,
    tmuxPane: agent.tmuxPane,
    endedBy: ending?.by ?? null,
    endedAt: ending?.at ?? null,
    processes: agent.processes
      .filter(({ goneAt }) => goneAt === null)
      .map(({ pid, procStart, tmuxSocket, tmuxPane }) => ({
        pid,
        procStart: procStart === '' ? null : procStart,
        tmuxSocket,
        tmuxPane,
        presence: presence.get(presenceKey(agent.host, pid, procStart)) ?? 'unknown',
      })),
  };
}

/**
 * The common case, decided without a look at other agents: the event names the present session of
 * a living agent, comes from a process that is known or unnamed, and starts or ends nothing.
 */
export function isPlainlyOf(agent: LoadedAgent, event: ParsedEvent): boolean {
  const { facts } = event;
  return (
    agent.host === facts.host &&
    agent.sessionId === facts.sessionId &&
    agent.state.ending === null &&
    facts.event !== 'SessionStart' &&
    facts.event !== 'SessionEnd' &&
    (facts.tmuxPane === null || agent.tmuxPane !== null || agent.kind === 'print') &&
    (facts.pid === null || agent.processes.some(({ pid }) => pid === facts.pid))
  );
}
