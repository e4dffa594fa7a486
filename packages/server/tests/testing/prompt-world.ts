/** A hook world with one agent in a pane, and a person who gives it prompts through the API. */
import type { PromptView } from '@headspace/contract';
import { deliveryMatch } from '../../src/domain/delivery.ts';
import type { PromptStep } from '../../src/domain/prompt-step.ts';
import { withAgents } from '../../src/features/agents/index.ts';
import { applyStep } from '../../src/features/prompts/index.ts';
import {
  type HookHeaders,
  openHookWorld,
  type HookWorld,
  type HookWorldOptions,
} from './hook-world.ts';

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
  /** UserPromptSubmit with this text, sent at `sentAt` (milliseconds since 1970) if given. */
  submit(prompt: string, promptId: string, sentAt?: number): Promise<void>;
  /**
   * Takes a queued prompt as a delivery does, at `at` (default now). `inside` runs under the agent's
   * lock before anything is written.
   */
  claim(prompt: PromptView, options?: StepOptions): Promise<void>;
  /** Takes any step of a prompt in the same way. */
  step(prompt: SteppedView, step: PromptStep, options?: StepOptions): Promise<void>;
}

export interface StepOptions {
  readonly at?: number;
  readonly inside?: () => Promise<void>;
}

type SteppedView = Pick<PromptView, 'id' | 'agentId' | 'state'>;

const SESSION = 'session-1';
const PANE = { tmux: '/nowhere/tmux/default,4711,0', tmuxPane: '%1', claudePid: '4242' };

export async function openPromptWorld(options: HookWorldOptions = {}): Promise<PromptWorld> {
  const world = await openHookWorld(options);
  world.processes.running.set(4242, '1');
  const hook = async (event: string, payload: object, more: HookHeaders = {}) => {
    const headers = { ...PANE, ...more };
    await world.send({ event, payload: { session_id: SESSION, ...payload }, headers });
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
  const step: PromptWorld['step'] = async (
    prompt,
    taken,
    { at = Date.now(), inside = async () => undefined } = {},
  ) => {
    const context = world.servers[0]?.context;
    if (context === undefined) throw new Error('no server');
    const { pool, locks, events } = context;
    const agents = { pool, locks, announce: () => events.nudge() };
    await withAgents(agents, [prompt.agentId], { purpose: 'test' }, async (section) => {
      const fresh = section.agents.get(prompt.agentId);
      if (fresh === undefined) throw new Error('the agent is gone');
      await inside();
      applyStep(section, fresh, prompt, taken, at);
      await section.persist();
    });
  };
  return {
    ...world,
    agentId: agent.id,
    api,
    prompts: async () =>
      (await api<{ prompts: PromptView[] }>('GET', `/api/agents/${agent.id}/prompts`)).body.prompts,
    submit: async (prompt, promptId, sentAt) =>
      hook(
        'UserPromptSubmit',
        { prompt, prompt_id: promptId, cwd: '/home/dev/shop' },
        sentAt === undefined ? {} : { sentAt: String(sentAt) },
      ),
    claim: async (prompt, options) =>
      step(prompt, { signal: 'claim', match: deliveryMatch(prompt.text) }, options),
    step,
  };
}
