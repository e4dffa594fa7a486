/**
 * An agent in a real terminal with a stand-in for Claude Code, its hooks sent by the test, and a
 * bridge whose looks and keys the test can hold: for what must happen in one exact moment.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PromptView } from '@headspace/contract';
import { createTmux as createTmuxServer, type TmuxPane } from '@headspace/testkit/tmux';
import { createTmux, type Tmux } from '../../src/platform/tmux/index.ts';
import { openHookWorld, type HookWorld } from './hook-world.ts';
import { createDesk, type PromptDesk } from './prompt-desk.ts';

const CLIENT = fileURLToPath(new URL('stand-in-client.mjs', import.meta.url));

type Held = 'look' | 'paste' | 'press';

/** The real adapter; a test may stop it before or after one of its calls. */
export class HeldTmux implements Tmux {
  private readonly real = createTmux({ timeoutMs: 10_000 });
  private readonly holds: { call: Held; when: 'before' | 'after'; run: () => Promise<void> }[] = [];

  /** Runs `run` once, before or after the next such call, which waits for it. */
  hold(call: Held, when: 'before' | 'after', run: () => Promise<void>): void {
    this.holds.push({ call, when, run });
  }

  async look(...args: Parameters<Tmux['look']>): ReturnType<Tmux['look']> {
    return this.held('look', async () => this.real.look(...args));
  }
  async paste(...args: Parameters<Tmux['paste']>): ReturnType<Tmux['paste']> {
    return this.held('paste', async () => this.real.paste(...args));
  }
  async press(...args: Parameters<Tmux['press']>): ReturnType<Tmux['press']> {
    return this.held('press', async () => this.real.press(...args));
  }
  async capture(...args: Parameters<Tmux['capture']>): ReturnType<Tmux['capture']> {
    return this.real.capture(...args);
  }
  async captureMany(...args: Parameters<Tmux['captureMany']>): ReturnType<Tmux['captureMany']> {
    return this.real.captureMany(...args);
  }
  async leaveMode(...args: Parameters<Tmux['leaveMode']>): ReturnType<Tmux['leaveMode']> {
    return this.real.leaveMode(...args);
  }

  private async held<T>(call: Held, run: () => Promise<T>): Promise<T> {
    await this.pass(call, 'before');
    const result = await run();
    await this.pass(call, 'after');
    return result;
  }

  private async pass(call: Held, when: 'before' | 'after'): Promise<void> {
    const index = this.holds.findIndex((hold) => hold.call === call && hold.when === when);
    await this.holds.splice(index, index === -1 ? 0 : 1)[0]?.run();
  }
}

export interface BridgeWorld extends AsyncDisposable {
  readonly hooks: HookWorld;
  readonly desk: PromptDesk;
  readonly tmux: HeldTmux;
  readonly pane: TmuxPane;
  /** Process of the stand-in client. */
  readonly pid: number;
  readonly agentId: number;
  /** What Enter has submitted, oldest first. */
  submitted(): Promise<string[]>;
  /** Sends a hook of the agent's session (or of another) from its pane. */
  hook(event: string, payload?: object, sessionId?: string, pid?: number): Promise<void>;
  prompt(text: string): Promise<PromptView>;
  /** Gives the terminal a title, as the client does. */
  title(text: string): Promise<void>;
}

export interface BridgeWorldOptions {
  readonly servers?: number;
  /** What runs in the place of Claude Code, and is started with a file to write and these words. */
  readonly client?: { readonly program: string; readonly args: readonly string[] };
}

export async function openBridgeWorld({
  servers = 1,
  client: { program, args } = { program: CLIENT, args: [] },
}: BridgeWorldOptions = {}): Promise<BridgeWorld> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'headspace-bridge-'));
  stack.defer(async () => rm(folder, { recursive: true, force: true }));
  const log = join(folder, 'submitted.jsonl');
  const terminal = stack.use(await createTmuxServer());
  const client = [process.execPath, program, log, ...args].map((word) => `'${word}'`).join(' ');
  const pane = await terminal.openPane({ cwd: folder, command: `exec ${client}` });
  await pane.waitForScreen(/^ ?❯[\u00a0 ]/m);
  const pid = Number(await pane.expand('#{pane_pid}'));
  const tmux = new HeldTmux();
  // No sweep and no loop but those that the test runs.
  const settings = { 'promptDelivery.intervalMs': 60_000 } as const;
  const hooks = stack.use(await openHookWorld({ servers, settings, overrides: { tmux } }));
  hooks.processes.running.set(pid, '1');
  const [server] = hooks.servers;
  if (server === undefined) throw new Error('a world needs a server');
  const desk = createDesk(() => server);
  const marks = { entrypoint: 'cli', tmux: `${pane.socketPath},1,0`, tmuxPane: pane.id };
  const hook: BridgeWorld['hook'] = async (event, payload = {}, session = 'one', from = pid) => {
    await hooks.send({
      event,
      payload: { session_id: session, cwd: folder, ...payload },
      headers: { ...marks, claudePid: String(from), procStart: '1' },
    });
    await hooks.settled();
  };
  await hook('SessionStart', { source: 'startup' });
  const [agent] = await hooks.agents();
  if (agent === undefined) throw new Error('no agent');
  const owned = stack.move();
  return {
    hooks,
    desk,
    tmux,
    pane,
    pid,
    agentId: agent.id,
    hook,
    prompt: async (text) => desk.send(agent.id, text),
    title: async (text) => {
      await terminal.run('select-pane', '-t', pane.id, '-T', text);
    },
    async submitted() {
      const lines = await readFile(log, 'utf8').catch(() => '');
      return lines
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as string);
    },
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  };
}
