/**
 * What links an event to the agents that are known: process, session id, prompt_id, pane. Pure.
 * What follows from the links is decided in correlation.ts.
 */

/** What correlation reads of an event. */
export interface EventFacts {
  event: string;
  /** Milliseconds since 1970. */
  at: number;
  sessionId: string;
  host: string;
  pid: number | null;
  procStart: string | null;
  tmuxSocket: string | null;
  tmuxPane: string | null;
  promptId: string | null;
  /** SessionStart.source */
  source: string | null;
  /** SessionEnd.reason */
  reason: string | null;
  /** InstructionsLoaded.load_reason */
  loadReason: string | null;
  cwd: string | null;
  /** A `claude -p` run, as far as the event shows it. */
  print: boolean;
  /** Claude's session file shows this session with a living process. */
  sessionFileAlive: boolean;
}

export interface KnownProcess {
  pid: number;
  procStart: string | null;
  tmuxSocket: string | null;
  tmuxPane: string | null;
  /**
   * From the process table of its own host: `absent` where there is none; `unknown` where nobody
   * could look.
   */
  presence: 'alive' | 'absent' | 'unknown';
}

/** An agent that an event could belong to. */
export interface Candidate {
  id: number;
  host: string;
  sessionId: string;
  sessionIds: readonly string[];
  handoverPromptId: string | null;
  /** Source of its last SessionStart. */
  lastStart: string | null;
  /** Nothing was asked since that start. */
  atRestSinceStart: boolean;
  cwd: string | null;
  tmuxSocket: string | null;
  tmuxPane: string | null;
  endedBy: 'hook' | 'inference' | 'person' | null;
  endedAt: number | null;
  /** Processes that are not known to be gone. */
  processes: readonly KnownProcess[];
}

export interface Links {
  /** The event's process left this one's session for a new one; another process goes on with it. */
  left: Candidate | undefined;
  process: Candidate | undefined;
  session: Candidate | undefined;
  handover: Candidate | undefined;
  pane: Candidate | undefined;
  /** Who would go on here: the last one in this pane, else one that just ended in this directory. */
  before: Candidate | undefined;
}

/** An end and what follows it in the same directory, where no pane is known. */
const ADJACENT_MS = 10 * 60_000;

/** What links the event to which agent, by what. */
export function link(event: EventFacts, all: readonly Candidate[]): Links {
  const local = all.filter((candidate) => candidate.host === event.host);
  const left = local.find((candidate) => isLeft(candidate, event));
  const here = local.filter((candidate) => candidate !== left);
  const live = here.filter((candidate) => candidate.endedBy === null);
  return {
    left,
    process: live.find((candidate) => candidate.processes.some((p) => isSameProcess(p, event))),
    session: bySession(event.sessionId, here),
    handover:
      event.promptId === null
        ? undefined
        : live.find((candidate) => candidate.handoverPromptId === event.promptId),
    pane: live.find((candidate) => isSamePane(candidate, event)),
    before: here.find((candidate) =>
      event.tmuxPane === null ? isAdjacent(candidate, event) : isSamePane(candidate, event),
    ),
  };
}

/** A session in two terminals, one of which goes to a new session by fork, /clear or /resume. */
function isLeft(candidate: Candidate, event: EventFacts): boolean {
  const { endedBy, sessionIds, processes } = candidate;
  const own = processes.some((known) => isSameProcess(known, event));
  return (
    endedBy === null &&
    own &&
    !sessionIds.includes(event.sessionId) &&
    processes.some((known) => !isSameProcess(known, event) && known.presence === 'alive')
  );
}

function isAdjacent(candidate: Candidate, event: EventFacts): boolean {
  return (
    candidate.endedAt !== null &&
    candidate.cwd === event.cwd &&
    event.at - candidate.endedAt < ADJACENT_MS
  );
}

/** Live before ended, current before earlier in the chain, newest end first. */
function bySession(sessionId: string, here: readonly Candidate[]): Candidate | undefined {
  const rank = (candidate: Candidate) =>
    (candidate.endedBy === null ? 2 : 0) + (candidate.sessionId === sessionId ? 1 : 0);
  return here
    .filter((candidate) => candidate.sessionIds.includes(sessionId))
    .toSorted((a, b) => rank(b) - rank(a) || (b.endedAt ?? 0) - (a.endedAt ?? 0) || b.id - a.id)[0];
}

export function isSameProcess(known: KnownProcess, event: EventFacts): boolean {
  return (
    known.pid === event.pid &&
    (known.procStart === null || event.procStart === null || known.procStart === event.procStart)
  );
}

export function isSamePane(
  owner: { tmuxSocket: string | null; tmuxPane: string | null },
  event: EventFacts,
): boolean {
  return (
    event.tmuxPane !== null &&
    owner.tmuxPane === event.tmuxPane &&
    owner.tmuxSocket === event.tmuxSocket
  );
}
