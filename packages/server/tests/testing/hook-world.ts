/**
 * Servers on one database, driven through HTTP as Claude Code's hooks drive them. The processes
 * that hooks speak of exist only in a table of the test's own. The race sanitizer is on.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AgentView, HOOK_HEADERS, hookSlug } from '@headspace/contract';
import type { ContextOverrides } from '@headspace/server';
import { createTestDatabase } from '@headspace/testkit';
import { startTestServer, type TestServer } from '@headspace/testkit/server';
import pg from 'pg';
import type { ProcessLook, ProcessTable } from '../../src/platform/process-table.ts';
import type { IntervalService } from '../../src/services/runner/index.ts';
import { createBoard } from './board.ts';

/** Processes that a test says exist. */
export class MadeUpProcesses implements ProcessTable {
  /** Start time by pid. */
  readonly running = new Map<number, string>();
  /** Parent and name by pid; 1 and `claude` unless said. */
  readonly parents = new Map<number, number>();
  readonly commands = new Map<number, string>();

  presence(pid: number, procStart: string | null): 'alive' | 'absent' {
    const start = this.running.get(pid);
    const same = procStart === null || procStart === '' || procStart === start;
    return start !== undefined && same ? 'alive' : 'absent';
  }

  procStart(pid: number): string | null {
    return this.running.get(pid) ?? null;
  }

  folder(): string {
    return '/repo';
  }

  look(): ProcessLook {
    const all = [...this.running].map(([pid, procStart]) => ({
      pid,
      parent: this.parents.get(pid) ?? 1,
      command: this.commands.get(pid) ?? 'claude',
      procStart,
    }));
    return {
      presence: (pid, procStart) => this.presence(pid, procStart),
      all: () => all,
      tree: (root) => all.filter(({ pid, parent }) => pid === root || parent === root),
    };
  }
}

export type HookHeaders = Partial<Record<keyof typeof HOOK_HEADERS, string>>;

export interface SentHook {
  readonly event: string;
  readonly payload: object;
  readonly headers?: HookHeaders;
  /** Which server gets it; the first unless given. */
  readonly server?: number;
}

export interface HookWorld extends AsyncDisposable {
  readonly servers: readonly TestServer[];
  readonly processes: MadeUpProcesses;
  /** Claude Code's configuration folder. */
  readonly claudeFolder: string;
  /** For looks behind the API. */
  readonly pool: pg.Pool;
  readonly databaseUrl: string;
  /** Sends a hook; throws unless it is answered 2xx. */
  send(hook: SentHook): Promise<void>;
  /** Resolves when nothing waits and nothing is worked on, in any server. */
  settled(): Promise<void>;
  /** One round of a background service now, in every server unless one is named. */
  tick(
    service:
      | 'session-files'
      | 'agent-reaper'
      | 'tmux-watchdog'
      | 'transcript-reconciler'
      | 'context-poller'
      | 'retention'
      | 'prompt-delivery',
    server?: number,
  ): Promise<void>;
  /** All agents as the API shows them, ended ones too, oldest first. */
  agents(): Promise<AgentView[]>;
}

export interface HookWorldOptions {
  readonly servers?: number;
  readonly settings?: NonNullable<Parameters<typeof startTestServer>[0]['settings']>;
  readonly overrides?: ContextOverrides;
}

export async function openHookWorld(options: HookWorldOptions = {}): Promise<HookWorld> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const home = await mkdtemp(join(tmpdir(), 'headspace-hooks-'));
  stack.defer(async () => rm(home, { recursive: true, force: true }));
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  pool.on('error', () => undefined);
  stack.defer(async () => pool.end());
  const processes = new MadeUpProcesses();
  const claudeFolder = join(home, 'claude');
  const servers: TestServer[] = [];
  for (let n = 0; n < (options.servers ?? 1); n++) {
    const overrides = { processes, ...options.overrides };
    const settings = { ...options.settings };
    servers.push(
      stack.use(await startTestServer({ database, home, claudeFolder, settings, overrides })),
    );
  }
  const [first] = servers;
  if (first === undefined) throw new Error('a world needs a server');
  const owned = stack.move();
  return {
    servers,
    processes,
    claudeFolder,
    pool,
    databaseUrl: database.url,
    send: async (hook) => send(servers[hook.server ?? 0] ?? first, hook),
    settled: async () => settled(servers, pool),
    tick: async (name, only) => {
      const ticked = servers.filter((_, server) => only === undefined || server === only);
      await Promise.all(ticked.map(async ({ context }) => tick(context.services, name)));
    },
    agents: async () => createBoard(() => first).agents(),
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  };
}

async function send(server: TestServer, hook: SentHook): Promise<void> {
  const answer = await post(server, hook);
  if (!answer.ok)
    throw new Error(`${hook.event} answered ${answer.status}: ${await answer.text()}`);
  await answer.arrayBuffer();
}

/** The request as the installed hooks make it. */
export async function post(
  server: Pick<TestServer, 'url' | 'hookToken'>,
  { event, payload, headers = {} }: SentHook,
): Promise<Response> {
  const named = Object.entries(headers).map(([name, value]): [string, string] => [
    HOOK_HEADERS[name as keyof typeof HOOK_HEADERS],
    value,
  ]);
  return fetch(`${server.url}/hook/${hookSlug(event)}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${server.hookToken}`,
      'content-type': 'application/json',
      ...Object.fromEntries(named),
    },
    body: JSON.stringify(payload),
  });
}

/** A server that finds its event done by another one settles too; what waits is taken up again. */
async function settled(servers: readonly TestServer[], pool: pg.Pool): Promise<void> {
  for (;;) {
    await Promise.all(servers.map(async ({ context }) => context.hooks.settled()));
    const { rows } = await pool.query(`select 1 from hook_events where status = 'pending' limit 1`);
    if (rows.length === 0) return;
    await Promise.all(servers.map(async ({ context }) => context.hooks.sweep(0)));
  }
}

async function tick(services: TestServer['context']['services'], name: string): Promise<void> {
  const service = services.find((each) => each.name === name);
  if (service === undefined || !('tick' in service)) throw new Error(`no service ${name} to tick`);
  await (service as IntervalService).tick();
}
