/** Programs with keys and the server that they call; in the place of Claude Code stands a shell script. */
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreatedApiKey, NewApiKeyRequest, RemoteAgentView } from '@headspace/contract';
import { createTmux, type Tmux } from '@headspace/testkit/tmux';
import { waitUntil } from '@headspace/testkit/wait-until';
import type { BoardAddress } from './board.ts';
import { type HookWorld, type HookWorldOptions, openHookWorld } from './hook-world.ts';

export interface RemoteCall {
  /** Operator's token unless given; null sends none. */
  readonly token?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly server?: number;
}

export interface RemoteReply<T> {
  readonly status: number;
  readonly body: T;
  readonly headers: Headers;
}

export interface RemoteWorld extends HookWorld {
  readonly tmux: Tmux;
  /** Real path of a project. */
  readonly project: string;
  /** Real path of the folder around it. */
  readonly folder: string;
  call<T = RemoteAgentView>(
    method: string,
    path: string,
    options?: RemoteCall,
  ): Promise<RemoteReply<T>>;
  /** A key with all scopes for the project, unless said otherwise. */
  key(more?: Partial<NewApiKeyRequest>): Promise<CreatedApiKey>;
  /** An agent of this key, made by its row: it runs as the agent of this number. */
  adopt(keyId: number | null, agentId: number): Promise<string>;
  /** Sessions that launches have in tmux now. */
  sessions(): Promise<string[]>;
  until(id: string, status: RemoteAgentView['status']): Promise<RemoteAgentView>;
}

const ALL_SCOPES: NewApiKeyRequest['scopes'] = [
  'agents:create',
  'agents:read',
  'agents:prompt',
  'agents:approve',
  'agents:stop',
];

/** `script` is run by sh where Claude Code would be; it stays silent unless it does something else. */
export async function openRemoteWorld(
  options: HookWorldOptions & { readonly script?: string } = {},
): Promise<RemoteWorld> {
  await using stack = new AsyncDisposableStack();
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'headspace-remote-')));
  stack.defer(async () => rm(folder, { recursive: true, force: true }));
  const project = join(folder, 'shop');
  await mkdir(project);
  const program = join(folder, 'program');
  await writeFile(program, `#!/bin/sh\n${options.script ?? 'exec sleep 600'}\n`);
  await chmod(program, 0o755);
  const tmux = stack.use(await createTmux());
  const settings = {
    'launches.program': program,
    'launches.tmuxSocket': tmux.socketPath,
    ...options.settings,
  };
  const hooks = stack.use(await openHookWorld({ ...options, settings }));
  // Without guardrails no program may start an agent.
  const [server] = hooks.servers;
  if (server !== undefined) await writeFile(join(server.paths.home, 'guardrails.md'), 'Be kind.\n');
  const call = callerOf(hooks);
  const owned = stack.move();
  return {
    ...hooks,
    tmux,
    project,
    folder,
    call,
    async key(more = {}) {
      const body = { name: 'test', scopes: ALL_SCOPES, projects: [project], ...more };
      const reply = await call<CreatedApiKey>('POST', '/api/keys', { body });
      if (reply.status !== 201) throw new Error(JSON.stringify(reply.body));
      return reply.body;
    },
    adopt: async (keyId, agentId) => adoptAgent(hooks, keyId, agentId),
    async sessions() {
      const all = (await tmux.run('list-sessions', '-F', '#{session_name}')).split('\n');
      return all.filter((name) => name.startsWith('headspace-'));
    },
    async until(id, status) {
      let seen: RemoteAgentView | undefined;
      return waitUntil(
        async () => {
          seen = (await call('GET', `/api/remote-agents/${id}`)).body;
          return seen.status === status ? seen : undefined;
        },
        { timeoutMs: 60_000, what: () => `${status}, not ${JSON.stringify(seen)}` },
      );
    },
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  };
}

/** Calls the API of these servers. */
export function callerOf(at: { readonly servers: readonly BoardAddress[] }): RemoteWorld['call'] {
  return async (method, path, { token, body, headers = {}, server = 0 } = {}) => {
    const to = at.servers[server];
    if (to === undefined) throw new Error(`no server ${server}`);
    const bearer = token === undefined ? to.operatorToken : token;
    const answer = await fetch(`${to.url}${path}`, {
      method,
      headers: {
        ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') === true;
    return {
      status: answer.status,
      body: (isJson ? JSON.parse(text) : text) as never,
      headers: answer.headers,
    };
  };
}

/** A remote agent of this key, made by its row: it runs as the agent of this number. */
export async function adoptAgent(
  { pool, servers }: Pick<HookWorld, 'pool' | 'servers'>,
  keyId: number | null,
  agentId: number,
): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `with launch as (
       insert into launches (uuid, request, host, purpose, path, state, tmux_session, agent_id,
         created_at, changed_at, deadline_at)
       values (gen_random_uuid(), 'test', $3, 'remote', '/nowhere', 'running',
         'none-' || gen_random_uuid(), $2, now(), now(), now()) returning id)
     insert into remote_agents (id, api_key_id, launch_id, created_at)
     select gen_random_uuid(), $1, id, now() from launch returning id`,
    [keyId, agentId, servers[0]?.context.hostId],
  );
  return rows[0]?.id ?? '';
}
