/**
 * What one pass over 1,000 living agents costs: the reaper's, and the watchdog's with 1,000 real
 * tmux panes, of which all or none were written to. CPU of this process, of the tmux programs it
 * starts, and of the tmux server.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HOOK_HEADERS, hookSlug } from '@headspace/contract';
import { startPostgres } from '@headspace/testkit';
import { recordingsFolder } from '@headspace/testkit/recordings';
import { startTestServer, type TestServer } from '@headspace/testkit/server';
import { createTmux, type Tmux } from '@headspace/testkit/tmux';
import { atMost, forComparison, type Row } from './report.ts';

const AGENTS = 1_000;
const GOAL_MS = 250;
const GOAL_STATEMENTS = 20;
const PASSES = 5;
const SELDOM = 600_000;
const SCREEN = join(recordingsFolder, 'screens', 'idle-after-turn.txt');

export async function livenessBench(): Promise<Row[]> {
  await using database = await startPostgres();
  await using tmux = await createTmux();
  let aheadMs = 0;
  const now = () => Date.now() + aheadMs;
  // The watcher's own clock: real time, and what the bench has moved on.
  const sleep = async (ms: number, signal?: AbortSignal): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
  };
  const clock = { now, sleep };
  const settings = {
    'agentReaper.intervalMs': 60_000,
    'tmuxWatchdog.intervalMs': SELDOM,
    'database.poolSize': 8,
  };
  await using server = await startTestServer({ database, settings, overrides: { clock } });
  await openPanes(tmux);
  await addAgents(server, tmux);
  await stopOthers(server);
  const tmuxPid = Number(await tmux.run('display-message', '-p', '#{pid}'));
  const measure = (service: string) => measurePass(server, service, tmuxPid);

  await measure('agent-reaper');
  const reaper = await median(() => measure('agent-reaper'));
  // Nobody has just been heard of any more.
  aheadMs += 10_000;
  const first = await measure('tmux-watchdog');
  await measure('tmux-watchdog');
  const unchanged = await median(async () => {
    aheadMs += 5_000;
    return measure('tmux-watchdog');
  });
  return [
    atMost('reaper, all alive: CPU', reaper.ownMs, 'ms', GOAL_MS),
    atMost('reaper, all alive: statements', reaper.statements, '', GOAL_STATEMENTS),
    atMost('watchdog, no screen changed: CPU', unchanged.ownMs, 'ms', GOAL_MS),
    forComparison('watchdog, no screen changed: CPU of tmux', unchanged.tmuxMs, 'ms'),
    atMost('watchdog, no screen changed: statements', unchanged.statements, '', GOAL_STATEMENTS),
    atMost('watchdog, all screens changed: CPU', first.ownMs, 'ms', GOAL_MS),
    forComparison('watchdog, all screens changed: CPU of tmux', first.tmuxMs, 'ms'),
    atMost('watchdog, all screens changed: statements', first.statements, '', GOAL_STATEMENTS),
  ];
}

/** What else runs would be counted too. */
async function stopOthers(server: TestServer): Promise<void> {
  const measured = ['agent-reaper', 'tmux-watchdog'];
  const others = server.context.services.filter(({ name }) => !measured.includes(name));
  await Promise.all(others.map((service) => service.stop()));
}

async function openPanes(tmux: Tmux): Promise<void> {
  const command = `cat '${SCREEN}'; exec sleep 100000`;
  for (let made = 0; made < AGENTS; made += 50) {
    const windows = Array.from({ length: 50 }, () => ['new-window', '-d', command, ';']).flat();
    await tmux.run(...windows.slice(0, -1));
  }
}

async function addAgents(server: TestServer, tmux: Tmux): Promise<void> {
  const panes = (await tmux.run('list-panes', '-a', '-F', '#{pane_id} #{pane_pid}'))
    .trim()
    .split('\n')
    .map((line) => line.split(' '));
  for (let from = 0; from < panes.length; from += 50) {
    await Promise.all(
      panes.slice(from, from + 50).map(async ([pane = '', pid = '']) => {
        const headers = {
          [HOOK_HEADERS.tmux]: `${tmux.socketPath},1,0`,
          [HOOK_HEADERS.tmuxPane]: pane,
          [HOOK_HEADERS.claudePid]: pid,
        };
        const session = { session_id: `bench-${pane}`, cwd: '/repo' };
        await send(server, 'SessionStart', { ...session, source: 'startup', model: 'm' }, headers);
        await send(
          server,
          'UserPromptSubmit',
          { ...session, prompt: 'go', prompt_id: 'p' },
          headers,
        );
        await send(server, 'Stop', { ...session, prompt_id: 'p' }, headers);
      }),
    );
  }
  await server.context.hooks.settled();
}

async function send(server: TestServer, event: string, payload: object, headers: object) {
  const response = await fetch(`${server.url}/hook/${hookSlug(event)}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${server.hookToken}`,
      'content-type': 'application/json',
      ...headers,
    },
    body: JSON.stringify({ ...payload, hook_event_name: event }),
  });
  if (!response.ok) throw new Error(`${event} was answered ${response.status}`);
}

interface Cost {
  /** CPU milliseconds of this process and of the tmux programs that it started. */
  readonly ownMs: number;
  readonly tmuxMs: number;
  readonly statements: number;
}

async function measurePass(server: TestServer, name: string, tmuxPid: number): Promise<Cost> {
  const service = server.context.services.find((each) => each.name === name);
  if (service === undefined || !('tick' in service)) throw new Error(`no service ${name}`);
  const { tick } = service as { tick: () => Promise<void> };
  const { pool } = server.context;
  let statements = 0;
  const count = () => (statements += 1);
  pool.on('acquire', count);
  const own = process.cpuUsage();
  const before = [cpuMs('self').children, cpuMs(tmuxPid).own] as const;
  await tick();
  const { user, system } = process.cpuUsage(own);
  const children = cpuMs('self').children - before[0];
  pool.off('acquire', count);
  return {
    ownMs: (user + system) / 1_000 + children,
    tmuxMs: cpuMs(tmuxPid).own - before[1],
    statements,
  };
}

/** CPU milliseconds of a process, and of the children it has waited for; in ticks of 10 ms. */
function cpuMs(pid: number | 'self'): { own: number; children: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [user = 0, system = 0, childUser = 0, childSystem = 0] = fields.slice(11, 15).map(Number);
  return { own: (user + system) * 10, children: (childUser + childSystem) * 10 };
}

async function median(measure: () => Promise<Cost>): Promise<Cost> {
  const costs: Cost[] = [];
  for (let pass = 0; pass < PASSES; pass++) costs.push(await measure());
  const sorted = costs.toSorted((a, b) => a.ownMs - b.ownMs);
  return sorted[Math.floor(PASSES / 2)] ?? { ownMs: 0, tmuxMs: 0, statements: 0 };
}
