/**
 * Servers whose machine is made up: processes, tmux servers with panes and screens, and a clock
 * that the test moves. The loops under test run only when the test ticks them.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentView } from '@headspace/contract';
import { recordingsFolder } from '@headspace/testkit/recordings';
import { systemClock } from '../../src/platform/clock.ts';
import type {
  PaneInfo,
  Tmux,
  TmuxDone,
  TmuxLook,
  TmuxTarget,
} from '../../src/platform/tmux/index.ts';
import {
  type HookHeaders,
  type HookWorld,
  type HookWorldOptions,
  openHookWorld,
  type SentHook,
} from './hook-world.ts';

const refuse = (): Promise<TmuxDone> =>
  Promise.resolve({ kind: 'refused', why: 'this terminal is made up' });

/** tmux servers that a test says exist. */
export class MadeUpTmux implements Tmux {
  /** By socket; a socket that is not here has no server. */
  readonly servers = new Map<string, Map<string, PaneInfo>>();
  readonly screens = new Map<string, string>();
  /** Sockets whose server does not answer. */
  readonly silent = new Set<string>();
  /** Panes that were read, in order. */
  readonly captured: string[] = [];
  looks = 0;
  /** Runs within each look, before it answers: what happens between a look and its verdict. */
  duringLook: () => Promise<void> = () => Promise.resolve();
  /** The same for captures. */
  duringCapture: () => Promise<void> = () => Promise.resolve();

  async look(socket: string): Promise<TmuxLook> {
    this.looks += 1;
    await this.duringLook();
    if (this.silent.has(socket)) return { kind: 'unknown', why: 'tmux did not answer in time' };
    const panes = this.servers.get(socket);
    return panes === undefined ? { kind: 'absent' } : { kind: 'running', panes: new Map(panes) };
  }

  async captureMany(socket: string, panes: readonly string[]): ReturnType<Tmux['captureMany']> {
    this.captured.push(...panes);
    const found = panes.flatMap((pane): [string, string][] => {
      const screen = this.screens.get(`${socket} ${pane}`);
      return screen === undefined ? [] : [[pane, screen]];
    });
    await this.duringCapture();
    return new Map(found);
  }

  async capture({ socket, pane }: TmuxTarget): ReturnType<Tmux['capture']> {
    const screens = await this.captureMany(socket, [pane]);
    const text = screens instanceof Map ? screens.get(pane) : undefined;
    return text === undefined ? { kind: 'absent' } : { kind: 'screen', text };
  }

  /** Nothing is ever sent to a terminal that does not exist. */
  readonly paste = refuse;
  readonly press = refuse;
  readonly leaveMode = refuse;

  /** A pane whose first process is `pid`, mostly a shell. */
  open(socket: string, pane: string, pid: number): void {
    const panes = this.servers.get(socket) ?? new Map<string, PaneInfo>();
    panes.set(pane, { ...BLANK_PANE, id: pane, pid });
    this.servers.set(socket, panes);
  }

  close(socket: string, pane: string): void {
    this.servers.get(socket)?.delete(pane);
  }

  /** Writes to a pane's screen: tmux's time of the last output goes on by a second. */
  show(socket: string, pane: string, screen: string): void {
    this.screens.set(`${socket} ${pane}`, screen);
    const info = this.servers.get(socket)?.get(pane);
    if (info === undefined) throw new Error(`no pane ${pane}`);
    this.servers.get(socket)?.set(pane, { ...info, activityAt: info.activityAt + 1 });
  }
}

const BLANK_PANE: Omit<PaneInfo, 'id' | 'pid'> = {
  command: 'claude',
  dead: false,
  inMode: false,
  title: '',
  width: 120,
  height: 40,
  attachedClients: 0,
  tty: '/dev/pts/0',
  cursor: { x: 0, y: 0 },
  activityAt: 0,
};

export interface LivenessWorld extends HookWorld {
  readonly tmux: MadeUpTmux;
  /** Moves the servers' clock. */
  pass(ms: number): void;
  now(): number;
  /** Ticks the reaper twice, far enough apart to confirm. */
  reap(): Promise<void>;
  /** Ticks the watchdog, `ms` after the last look at anything. */
  watch(ms?: number): Promise<void>;
  agent(sessionId: string): Promise<AgentView>;
  /** Attention and reason of each step, oldest first. */
  story(sessionId: string): Promise<string[]>;
}

export const SOCKET = '/tmp/tmux-made-up/default';

/** A recorded screen of Claude Code. */
export const recordedScreen = (name: string): string =>
  readFileSync(join(recordingsFolder, 'screens', `${name}.txt`), 'utf8');

/** Runs `action` once, however many servers come here; each of them waits for its end. */
export function barrier(action: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= action());
}

/** Headers of a process in a pane. */
export const marks = (pid: number, pane: string | null = null): HookHeaders => ({
  claudePid: String(pid),
  ...(pane === null ? {} : { tmux: `${SOCKET},1,0`, tmuxPane: pane }),
});

export function hook(
  event: string,
  sessionId: string,
  headers: HookHeaders = {},
  more: object = {},
): SentHook {
  const payload = { session_id: sessionId, cwd: '/repo', hook_event_name: event, ...more };
  return { event, payload, headers };
}

export const start = (id: string, headers: HookHeaders = {}, source = 'startup'): SentHook =>
  hook('SessionStart', id, headers, { source, model: 'm' });
export const prompt = (id: string, headers: HookHeaders = {}, promptId = 'p1'): SentHook =>
  hook('UserPromptSubmit', id, headers, { prompt: 'go', prompt_id: promptId });
export const stop = (id: string, headers: HookHeaders = {}, promptId = 'p1'): SentHook =>
  hook('Stop', id, headers, { prompt_id: promptId, last_assistant_message: 'done' });

export async function openLivenessWorld(
  servers = 1,
  settings: HookWorldOptions['settings'] = {},
): Promise<LivenessWorld> {
  const tmux = new MadeUpTmux();
  let offset = 0;
  const clock = { ...systemClock, now: () => Date.now() + offset };
  const seldom = 60_000;
  const world = await openHookWorld({
    servers,
    settings: {
      'agentReaper.intervalMs': seldom,
      'agentReaper.unwatchedIntervalMs': 100,
      'tmuxWatchdog.intervalMs': seldom,
      ...settings,
    },
    overrides: { tmux, clock },
  });
  const agent = async (sessionId: string) => {
    const found = (await world.agents()).findLast(({ sessionIds }) =>
      sessionIds.includes(sessionId),
    );
    if (found === undefined) throw new Error(`no agent has session ${sessionId}`);
    return found;
  };
  return {
    ...world,
    tmux,
    agent,
    now: clock.now,
    pass: (ms) => {
      offset += ms;
    },
    async reap() {
      await world.tick('agent-reaper');
      offset += 700;
      await world.tick('agent-reaper');
    },
    async watch(ms = 5_000) {
      offset += ms;
      await world.tick('tmux-watchdog');
    },
    async story(sessionId) {
      const { id } = await agent(sessionId);
      const { rows } = await world.pool.query<{ to_attention: string; reason: string }>(
        'select to_attention, reason from transitions where agent_id = $1 order by id',
        [id],
      );
      return rows.map((row) => `${row.to_attention}: ${row.reason}`);
    },
  };
}
