/**
 * A server whose time stands still, Claude's folder of transcripts, and sessions in it: hooks and
 * lines come when the test says so. The race sanitizer is on.
 */
import { appendFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type AgentView, hookSlug, type TurnView, type UsageView } from '@headspace/contract';
import { createTestDatabase, type TestDatabase } from '@headspace/testkit';
import { startTestServer, type TestServer } from '@headspace/testkit/server';
import pg from 'pg';
import type { Clock } from '../../../platform/clock.ts';
import type { IntervalService } from '../../../services/runner/index.ts';

export interface World extends AsyncDisposable {
  readonly database: TestDatabase;
  readonly pool: pg.Pool;
  readonly claudeFolder: string;
  readonly clock: Clock & { time: number };
  readonly servers: TestServer[];
  /** Starts one more server on the same database and the same machine. */
  start(): Promise<TestServer>;
  /** Path of a session's transcript, whether it exists or not. */
  pathOf(sessionId: string): string;
  append(sessionId: string, content: string | Buffer): Promise<void>;
  replace(sessionId: string, content: string | Buffer): Promise<void>;
  /** Sends a hook of a session at the time of the clock, and waits until it is applied. */
  hook(name: string, sessionId: string, payload?: object): Promise<void>;
  /** One look at all transcripts, long after whatever was written. */
  look(server?: TestServer): Promise<void>;
  /** One look at the time that it is. */
  glance(server?: TestServer): Promise<void>;
  agentOf(sessionId: string): Promise<AgentView>;
  /** All turns of a session's agent, oldest first. */
  turns(sessionId: string): Promise<TurnView[]>;
  usage(sessionId: string): Promise<UsageView>;
}

/** Longer than any pause between two looks at a file. */
const LATER_MS = 61_000;

export async function openWorld(): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const pool = new pg.Pool({ connectionString: database.url, max: 2 });
  pool.on('error', () => undefined);
  stack.defer(() => pool.end());
  const home = await mkdtemp(path.join(tmpdir(), 'headspace-transcripts-'));
  stack.defer(() => rm(home, { recursive: true, force: true }));
  const claudeFolder = path.join(home, 'claude');
  const projects = path.join(claudeFolder, 'projects', 'acme');
  await mkdir(projects, { recursive: true });
  const clock = standingClock();
  const servers: TestServer[] = [];
  const first = (): TestServer => {
    const [server] = servers;
    if (server === undefined) throw new Error('no server was started');
    return server;
  };
  const pathOf = (sessionId: string): string => path.join(projects, `${sessionId}.jsonl`);
  const glance = async (server = first()): Promise<void> => lookWith(server);
  const owned = stack.move();
  const world: World = {
    database,
    pool,
    claudeFolder,
    clock,
    servers,
    async start() {
      const paths = { claudeFolder, home: path.join(home, 'headspace') };
      const server = owned.use(await startTestServer({ database, ...paths, overrides: { clock } }));
      servers.push(server);
      return server;
    },
    pathOf,
    append: (sessionId, content) => appendFile(pathOf(sessionId), content),
    replace: (sessionId, content) => writeFile(pathOf(sessionId), content),
    hook: (name, sessionId, payload = {}) =>
      sendHook(first(), name, {
        session_id: sessionId,
        transcript_path: pathOf(sessionId),
        cwd: '/acme',
        ...payload,
      }),
    async look(server) {
      clock.time += LATER_MS;
      await glance(server);
    },
    glance,
    ...apiOf(first),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
  await world.start();
  return world;
}

async function lookWith(server: TestServer): Promise<void> {
  const service = server.context.services.find(({ name }) => name === 'transcript-reconciler');
  if (service === undefined || !('tick' in service)) throw new Error('the service is not there');
  await (service as IntervalService).tick();
}

async function sendHook(server: TestServer, name: string, payload: object): Promise<void> {
  const response = await fetch(`${server.url}/hook/${hookSlug(name)}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${server.hookToken}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ ...payload, hook_event_name: name }),
  });
  if (!response.ok) throw new Error(`${name} answered ${response.status}`);
  await response.arrayBuffer();
  await server.context.hooks.settled();
}

function apiOf(server: () => TestServer): Pick<World, 'agentOf' | 'turns' | 'usage'> {
  const get = async <T>(url: string): Promise<T> => {
    const response = await fetch(server().url + url, {
      headers: { authorization: `Bearer ${server().operatorToken}` },
    });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return (await response.json()) as T;
  };
  const agentOf = async (sessionId: string): Promise<AgentView> => {
    const { agents } = await get<{ agents: AgentView[] }>('/api/agents?include=ended');
    const agent = agents.find(({ sessionIds }) => sessionIds.includes(sessionId));
    if (agent === undefined) throw new Error(`no agent has the session ${sessionId}`);
    return agent;
  };
  return {
    agentOf,
    async turns(sessionId) {
      const { id } = await agentOf(sessionId);
      const url = `/api/agents/${id}/turns?limit=500&include=tools`;
      return (await get<{ turns: TurnView[] }>(url)).turns.toReversed();
    },
    async usage(sessionId) {
      return get(`/api/agents/${(await agentOf(sessionId)).id}/usage`);
    },
  };
}

/** Services make their first round and then rest until they are stopped. */
function standingClock(): World['clock'] {
  const clock = {
    time: Date.now(),
    now: () => clock.time,
    sleep: (_ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        if (signal?.aborted === true) resolve();
        signal?.addEventListener('abort', () => resolve(), { once: true });
      }),
  };
  return clock;
}

/** What is stored of an agent's transcripts, without ids that depend on order or time. */
export async function booksOf(pool: pg.Pool, agentId: number): Promise<unknown> {
  const { rows: turns } = await pool.query(
    `select actor, kind, body, happened_at, prompt_id, awaits_entry, entry_id, match_key, origin
     from turns where agent_id = $1 order by entry_id`,
    [agentId],
  );
  const { rows: usage } = await pool.query<Record<string, unknown>>(
    `select * from transcript_usage where agent_id = $1 order by message_id`,
    [agentId],
  );
  const { rows: files } = await pool.query(
    `select read_offset, skipping, tail, state, subagent from transcript_files
     where agent_id = $1 order by subagent nulls first`,
    [agentId],
  );
  return { turns, usage: usage.map(({ agent_id: _, ...row }) => row), files };
}
