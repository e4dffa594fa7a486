/**
 * Moves a launch on: starts Claude Code in a tmux session of its own, waits until its agent is
 * there, and closes the terminal of one that never reported. Each call looks where the launch
 * stands, does what is next, and comes again; whatever dies in between, the next call goes on.
 *
 * The name of the tmux session is made before it is started, and tmux takes no second one of that
 * name: so it is started once, however often this is called.
 */
import { z } from 'zod';
import { readScreen } from '../../domain/screen/index.ts';
import { claudeArguments, lastWords, launchJobName } from '../../domain/launch.ts';
import { redactText } from '../../domain/redact.ts';
import { defineJob, type Job, type JobContext, type JobResult } from '../../platform/jobs/index.ts';
import type { SessionPane } from '../../platform/tmux/index.ts';
import { findCandidates, loadAgent, type LoadedAgent, withAgents } from '../agents/index.ts';
import type { LaunchesContext } from './context.ts';
import { linkLaunch } from './link-launch.ts';
import { findLaunch, type LaunchRow, noteLaunch, stepLaunch } from './queries.ts';

const payload = z.object({ launchId: z.number().int() });
type Payload = z.infer<typeof payload>;

/** Between two looks at one that is starting or stopping. */
const LOOK_MS = 500;

type Next = 'again' | 'done';

export function launchJob(context: LaunchesContext): Job {
  return defineJob({
    name: launchJobName(context.hostId),
    schema: payload,
    run: async ({ launchId }, job): Promise<JobResult<Payload> | undefined> => {
      const next = await advance(context, launchId, job);
      context.announce();
      return next === 'again' ? { again: { afterMs: LOOK_MS, payload: { launchId } } } : undefined;
    },
  });
}

async function advance(context: LaunchesContext, id: number, job: JobContext): Promise<Next> {
  const launch = await findLaunch(context.pool, id);
  if (launch === undefined) return 'done';
  switch (launch.state) {
    case 'requested':
      await stepLaunch(context.pool, id, 'starting', context.clock.now());
      return advance(context, id, job);
    case 'starting':
      return launch.deadlineAt.getTime() <= context.clock.now()
        ? giveUp(context, launch, 'Claude Code did not report in time')
        : start(context, launch, job);
    case 'running':
      // From now on the pane goes with its program, as a person expects.
      await context.sessions.keepDead(socketOf(launch), launch.tmuxSession, false);
      return 'done';
    case 'stopping':
      return stop(context, launch);
    case 'failed':
    case 'stopped':
      return (await end(context, launch)) ? 'done' : 'again';
  }
}

async function start(context: LaunchesContext, launch: LaunchRow, job: JobContext): Promise<Next> {
  const { pool, sessions, clock } = context;
  const look = await sessions.look(socketOf(launch), launch.tmuxSession);
  if (look.kind === 'unknown') {
    await noteLaunch(pool, launch, clock.now(), { reason: look.why });
    return 'again';
  }
  if (look.kind === 'absent') {
    // It was seen and is no more: somebody has closed it.
    if (launch.tmuxPane !== null) return giveUp(context, launch, 'its terminal was closed');
    return spawn(context, launch);
  }
  const { pane } = look;
  if (pane.dead) {
    const words = lastWords(await sessions.remains(socketOf(launch), launch.tmuxSession));
    const said = words === null ? '' : `: ${redactText(words)}`;
    return giveUp(context, launch, `Claude Code ended at once${said}`);
  }
  const reason = await dialogOf(context, launch, pane.pane);
  await noteLaunch(pool, launch, clock.now(), { reason, pane });
  return (await linkByPane(context, launch, pane, job))
    ? advance(context, launch.id, job)
    : 'again';
}

/** Before its first hook Claude Code can ask whether to trust the folder, or for a login. */
async function dialogOf(
  { tmux }: LaunchesContext,
  launch: LaunchRow,
  pane: string,
): Promise<string | null> {
  const screen = await tmux.capture({ socket: socketOf(launch), pane }, { escapes: true });
  const dialog = screen.kind === 'screen' ? readScreen(screen.text).dialog : null;
  return dialog === null ? null : `a dialog is on the screen: ${redactText(dialog.title)}`;
}

async function spawn(context: LaunchesContext, launch: LaunchRow): Promise<Next> {
  const started = await context.sessions.start(socketOf(launch), {
    name: launch.tmuxSession,
    cwd: launch.path,
    command: [context.settings['launches.program'], ...claudeArguments(launch)],
    env: { HEADSPACE_LAUNCH: launch.uuid },
  });
  if (started.kind === 'refused') return giveUp(context, launch, `tmux refused: ${started.why}`);
  if (started.kind === 'unknown') {
    await noteLaunch(context.pool, launch, context.clock.now(), { reason: started.why });
  }
  // Asked to stop meanwhile: whoever has closed the terminal has come before it was there.
  const now = await findLaunch(context.pool, launch.id);
  if (now?.state !== 'starting' && now?.state !== 'running') await end(context, launch);
  return 'again';
}

/**
 * Mostly its first hook has told of the agent already. One whose hook did not come, or came late, is
 * found by the pane, which this launch has made and nobody had before, or by the process in it.
 */
async function linkByPane(
  context: LaunchesContext,
  launch: LaunchRow,
  { pane, pid }: SessionPane,
  { signal }: JobContext,
): Promise<boolean> {
  const socket = socketOf(launch);
  const marks = { panes: [{ socket, pane }], pids: [pid], endedIn: null };
  const keys = { host: launch.host, sessionIds: [], promptIds: [], ...marks };
  const isIt = (agent: LoadedAgent): boolean =>
    agent.launchId === null &&
    agent.state.ending === null &&
    ((agent.tmuxPane === pane && agent.tmuxSocket === socket) ||
      (agent.tmuxPane === null && agent.processes.some((process) => process.pid === pid)));
  const found = (await findCandidates(context.pool, keys)).map(loadAgent).find(isIt);
  if (found === undefined) return false;
  return withAgents(context, [found.id], { purpose: 'launch', signal }, async (section) => {
    const agent = section.agents.get(found.id);
    if (agent === undefined || !isIt(agent)) return false;
    // Found by its own file, it had no terminal yet.
    Object.assign(agent, { tmuxSocket: socket, tmuxPane: pane });
    const also = await linkLaunch(context.pool, section, agent, launch, context.clock.now());
    const beside = await context.alongsideLink(section, agent);
    await section.persist([], async (client) => {
      await also(client);
      await beside?.(client);
    });
    return true;
  });
}

/** The row first: what comes from there afterwards is no longer this launch's agent. */
async function giveUp(context: LaunchesContext, launch: LaunchRow, reason: string): Promise<Next> {
  const failed = await stepLaunch(context.pool, launch.id, 'failed', context.clock.now(), {
    reason,
  });
  // Its agent has come at the last moment: it is running.
  if (failed === undefined) return 'again';
  return (await end(context, failed)) ? 'done' : 'again';
}

/** Closing the terminal lets Claude Code end its session in order (SIGHUP); then it has stopped. */
async function stop(context: LaunchesContext, launch: LaunchRow): Promise<Next> {
  if (!(await end(context, launch))) return 'again';
  await stepLaunch(context.pool, launch.id, 'stopped', context.clock.now());
  return 'done';
}

async function end({ sessions }: LaunchesContext, launch: LaunchRow): Promise<boolean> {
  return sessions.end(socketOf(launch), launch.tmuxSession);
}

const socketOf = ({ tmuxSocket }: LaunchRow): string => tmuxSocket ?? '';
