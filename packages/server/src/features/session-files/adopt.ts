/**
 * A session that runs on this machine and of which no hook has come: begun before the hooks were
 * installed, or where they are switched off. Its own file proves it, so it becomes an agent of its
 * own; its next hook, if there is one, finds it by process or session and goes on with it.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { freshActivity } from '../../domain/activity.ts';
import { applySessionFileSeen } from '../../domain/apply.ts';
import { hasCode } from '../../platform/error-code.ts';
import {
  findCandidates,
  newAgent,
  nextAgentId,
  projectOf,
  type Section,
  withAgents,
} from '../agents/index.ts';
import { type ApplyOptions, type Observation, seenBy } from './apply.ts';
import type { SessionFile } from './session-file.ts';

export interface AdoptOptions extends ApplyOptions {
  /** Claude Code's folder of transcripts. */
  projectsFolder: string;
}

const UNIQUE_VIOLATION = '23505';

/**
 * Makes an agent of the session. Does nothing for one that is not interactive, since its file says
 * nothing of what it does; for a process of another pid namespace, which cannot be watched; and for
 * a session that has or had an agent: whoever ended that one knew more.
 */
export async function adoptSession(
  options: AdoptOptions,
  observation: Observation,
): Promise<'done' | 'left'> {
  const { file, alive } = observation;
  if (!alive || file.kind !== 'interactive' || file.cwd === null) return 'left';
  if (await isKnown(options, file)) return 'left';
  const { context, hostId } = options;
  const transcriptPath = transcriptOf(options.projectsFolder, file.cwd, file.sessionId);
  const hasSpoken = transcriptPath !== null && (await exists(transcriptPath));
  const project = await projectOf(context.pool, hostId, file.cwd);
  const id = await nextAgentId(context.pool);
  const purpose = 'a session without hooks';
  try {
    await withAgents(context, [id], { purpose }, async (section) => {
      if (await isKnown(options, file)) return;
      create(options, section, { ...observation, id, project, transcriptPath, hasSpoken });
      await section.persist();
    });
  } catch (error) {
    // Its first hook was quicker by a moment.
    if (!hasCode(error, UNIQUE_VIOLATION)) throw error;
  }
  return 'done';
}

interface Adopted extends Observation {
  id: number;
  project: Awaited<ReturnType<typeof projectOf>>;
  transcriptPath: string | null;
  /** The transcript is there: it comes into being with the first prompt. */
  hasSpoken: boolean;
}

function create(options: AdoptOptions, section: Section, adopted: Adopted): void {
  const { file, id, project, transcriptPath } = adopted;
  const now = options.now();
  const agent = newAgent(id, {
    project,
    host: options.hostId,
    kind: 'interactive',
    sessionId: file.sessionId,
    handoverPromptId: null,
    lastStart: null,
    cwd: file.cwd,
    transcriptPath,
    model: null,
    tmuxSocket: null,
    tmuxPane: null,
    createdAt: now,
    state: { activity: activityOf(adopted), command: null, ending: null },
  });
  agent.processes.push({
    pid: file.pid,
    procStart: file.procStart ?? '',
    tmuxSocket: null,
    tmuxPane: null,
    seenAliveAt: now,
    seenIn: options.pidNamespace,
    goneAt: null,
    dirty: true,
  });
  section.agents.set(id, agent);
  section.apply(agent, (state, context) =>
    applySessionFileSeen(state, seenBy(adopted), context, false),
  );
}

/** No hook has decided anything, so whatever the transcript says is news. */
function activityOf({ at, hasSpoken }: Adopted) {
  const activity = { ...freshActivity(at), edgeAt: 0 };
  return hasSpoken ? { ...activity, turn: 'over' as const } : activity;
}

/** Whether the session, or its process, belongs to an agent or ever did. */
async function isKnown({ context, hostId }: ApplyOptions, file: SessionFile): Promise<boolean> {
  const candidates = await findCandidates(context.pool, {
    host: hostId,
    sessionIds: [file.sessionId],
    promptIds: [],
    panes: [],
    pids: [file.pid],
    endedIn: null,
  });
  return candidates.length > 0;
}

/** Claude Code names the folder after the directory, with a hyphen for all but letters and digits (2.1.197). */
function transcriptOf(projects: string, cwd: string, sessionId: string): string | null {
  if (!/^[\w-]+$/.test(sessionId)) return null;
  return join(projects, cwd.replaceAll(/[^a-zA-Z0-9]/g, '-'), `${sessionId}.jsonl`);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
