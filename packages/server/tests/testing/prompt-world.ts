/** A hook world with one agent in a pane, and a person who gives it prompts through the API. */
import type { PromptView } from '@headspace/contract';
import { openHookWorld, type HookWorld, type HookWorldOptions } from './hook-world.ts';

export interface Answered<T> {
  readonly status: number;
  readonly body: T;
}

export interface PromptWorld extends HookWorld {
  readonly agentId: number;
  /** A request as the operator; `server` 0 unless given. */
  api<T = PromptView>(
    method: string,
    path: string,
    body?: unknown,
    options?: { server?: number; headers?: Record<string, string> },
  ): Promise<Answered<T>>;
  /** The agent's queue as the API lists it. */
  prompts(): Promise<PromptView[]>;
  /** UserPromptSubmit with this text. */
  submit(prompt: string, promptId: string): Promise<void>;
}

export const SESSION = 'session-1';
const PANE = { tmux: '/tmp/tmux-1000/default,4711,0', tmuxPane: '%1', claudePid: '4242' };

export async function openPromptWorld(options: HookWorldOptions = {}): Promise<PromptWorld> {
  const world = await openHookWorld(options);
  world.processes.running.set(4242, '1');
  const hook = async (event: string, payload: object) => {
    await world.send({ event, payload: { session_id: SESSION, ...payload }, headers: PANE });
    await world.settled();
  };
  await hook('SessionStart', { source: 'startup', model: 'm', cwd: '/home/dev/shop' });
  const [agent] = await world.agents();
  if (agent === undefined) throw new Error('the hook made no agent');
  const api: PromptWorld['api'] = async (method, path, body, { server = 0, headers = {} } = {}) => {
    const to = world.servers[server];
    if (to === undefined) throw new Error(`no server ${server}`);
    const answer = await fetch(`${to.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${to.operatorToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as never };
  };
  return {
    ...world,
    agentId: agent.id,
    api,
    prompts: async () =>
      (await api<{ prompts: PromptView[] }>('GET', `/api/agents/${agent.id}/prompts`)).body.prompts,
    submit: async (prompt, promptId) =>
      hook('UserPromptSubmit', { prompt, prompt_id: promptId, cwd: '/home/dev/shop' }),
  };
}
