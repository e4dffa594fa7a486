/** Puts what a session file says into the agent it belongs to. */
import type { SessionFileSeen } from '../../domain/activity.ts';
import { applySessionFileSeen } from '../../domain/apply.ts';
import {
  type AgentsContext,
  findCandidates,
  loadAgent,
  type LoadedAgent,
  type Section,
  withAgentOrSkip,
} from '../agents/index.ts';
import type { SessionFile } from './session-file.ts';

export interface Observation {
  file: SessionFile;
  /** When the status began; see `statusBegan`. */
  at: number;
  /** The file's process was found in this host's process table. */
  alive: boolean;
  /** Seen as a change, not found when the server started: its hooks may wait in a spool then. */
  watched: boolean;
}

/** A change that is applied later than this was not seen when it happened. */
const WATCHED_MS = 5_000;

/**
 * Between the end of a background subagent and the turn that its result starts, the file reads idle
 * for a moment (11 ms were seen on 2.1.197, more than 500 on a busy machine). A status that may be
 * of this kind is meant if it has lasted this long.
 */
const PASSING_MS = 2_000;

export interface ApplyOptions {
  context: AgentsContext;
  hostId: string;
  /** Name of the process table in which files' processes are looked for; null where it has none. */
  pidNamespace: string | null;
  now: () => number;
}

/**
 * `later` where somebody else holds the agent, or where the status may pass: the caller comes again.
 * `nobody` for no known agent: Claude Code writes its file before the first hook, which brings it.
 */
export async function applyObservation(
  options: ApplyOptions,
  observation: Observation,
): Promise<'done' | 'later' | 'nobody'> {
  const target = await findTarget(options, observation.file);
  if (target === null) return 'nobody';
  if (!changesAnything(target, observation)) return 'done';
  const purpose = `session file ${observation.file.status ?? 'new'}`;
  const result = await withAgentOrSkip(options.context, target.id, { purpose }, (section) =>
    applyInside(options, section, target.id, observation),
  );
  return result.acquired ? result.value : 'later';
}

async function applyInside(
  options: ApplyOptions,
  section: Section,
  id: number,
  observation: Observation,
): Promise<'done' | 'later'> {
  const agent = section.agents.get(id);
  if (agent === undefined || !belongs(agent, observation.file)) return 'done';
  if (agent.state.ending !== null || !changesAnything(agent, observation)) return 'done';
  const now = options.now();
  if (mayPass(agent, observation) && now - observation.at < PASSING_MS) return 'later';
  noteProcess(options, agent, observation, now);
  const seen = seenBy(observation);
  // Also what lay here while the database was away came after hooks that could not be stored.
  const watched = observation.watched && now - seen.at <= WATCHED_MS;
  if (seen.status !== null) {
    section.apply(agent, (state, context) => applySessionFileSeen(state, seen, context, watched));
  }
  await section.persist();
  return 'done';
}

/**
 * Ready, although a background subagent is not known to be done with; or busy, although of several
 * dialogs only one may have been answered and the next one is about to be shown.
 */
function mayPass(agent: LoadedAgent, { file }: Observation): boolean {
  const { turn, subagents, dialogs } = agent.state.activity;
  if (file.status === 'busy') return dialogs.length > 1;
  const isReady = file.status === 'idle' || file.status === 'shell';
  return isReady && turn === 'finished' && Object.keys(subagents).length > 0;
}

export function seenBy({ file, at }: Observation): SessionFileSeen {
  return { pid: file.pid, status: file.status, waitingFor: file.waitingFor, at };
}

/** The process links before the session does: the id changes, the process stays. */
async function findTarget(options: ApplyOptions, file: SessionFile): Promise<LoadedAgent | null> {
  const rows = await findCandidates(options.context.pool, {
    host: options.hostId,
    sessionIds: [file.sessionId],
    promptIds: [],
    panes: [],
    pids: [file.pid],
    endedIn: null,
  });
  const live = rows.map(loadAgent).filter((agent) => agent.state.ending === null);
  return (
    live.find((agent) => isItsProcess(agent, file)) ??
    live.find((agent) => agent.sessionId === file.sessionId) ??
    null
  );
}

function belongs(agent: LoadedAgent, file: SessionFile): boolean {
  return agent.sessionId === file.sessionId || isItsProcess(agent, file);
}

/**
 * The process tells, also under another session id. Of two processes, the one with another id may
 * have left for a session of its own, which its next hook decides.
 */
function isItsProcess(agent: LoadedAgent, file: SessionFile): boolean {
  const [first, second] = agent.processes;
  if (second !== undefined && agent.sessionId !== file.sessionId) return false;
  return first !== undefined && agent.processes.some((known) => isProcess(known, file));
}

function isProcess(known: { pid: number; procStart: string }, file: SessionFile): boolean {
  return (
    known.pid === file.pid &&
    (known.procStart === '' || file.procStart === null || known.procStart === file.procStart)
  );
}

function changesAnything(agent: LoadedAgent, { file, at, alive }: Observation): boolean {
  const known = agent.state.activity.sessionFile;
  const newProcess = alive && !agent.processes.some(({ pid }) => pid === file.pid);
  const sameStatus =
    known !== null &&
    known.pid === file.pid &&
    known.status === file.status &&
    known.waitingFor === file.waitingFor &&
    known.at >= at;
  return newProcess || (file.status !== null && !sameStatus);
}

/** Hooks over http carry no pid: the session file supplies it. */
function noteProcess(
  options: ApplyOptions,
  agent: LoadedAgent,
  { file, alive }: Observation,
  now: number,
): void {
  if (!alive || agent.processes.some((known) => isProcess(known, file))) return;
  // Beside another process it is a second terminal, and the pane is the other one's.
  const isOnly = agent.processes.length === 0;
  agent.processes.push({
    pid: file.pid,
    procStart: file.procStart ?? '',
    tmuxSocket: isOnly ? agent.tmuxSocket : null,
    tmuxPane: isOnly ? agent.tmuxPane : null,
    seenAliveAt: now,
    seenIn: options.pidNamespace,
    goneAt: null,
    dirty: true,
  });
}
