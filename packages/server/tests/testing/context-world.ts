/**
 * Servers on one database, status lines that are sent when the test says so, and pollers that stop
 * between their decision and the lock. The servers' own pollers rest.
 */
import { type LockBody, LockNamespace, type SkipResult, type TryOptions } from '@headspace/lock';
import type { TestServer } from '@headspace/testkit/server';
import { waitUntil } from '@headspace/testkit/wait-until';
import { DEFAULT_MARKS } from '../../src/domain/context-use.ts';
import type { AgentsContext } from '../../src/features/agents/index.ts';
import { ContextPoller } from '../../src/features/context/index.ts';
import { type HookWorld, openHookWorld, post } from './hook-world.ts';

export const WINDOW = 200_000;

export interface ContextWorld extends HookWorld {
  /** A status line of the session, as Claude Code writes it; `at` is when (ms since 1970). */
  line(
    sessionId: string,
    tokens: number,
    more?: { at?: number; server?: number; promptId?: string },
  ): Promise<void>;
  poller(context?: AgentsContext): ContextPoller;
}

export async function openContextWorld(servers = 1): Promise<ContextWorld> {
  const settings = { 'contextPoller.intervalMs': 600_000 };
  const world = await openHookWorld({ servers, settings });
  // The first round of whoever leads is over: from now on only the test polls.
  await waitUntil(() =>
    world.servers.some(({ context }) =>
      context.services.some(
        (service) => service.name === 'context-poller' && service.health().lastSuccessAt !== null,
      ),
    ),
  );
  return {
    ...world,
    async line(sessionId, tokens, { at = Date.now(), server = 0, promptId = 'p1' } = {}) {
      const target = serverOf(world, server);
      const answer = await post(target, {
        event: 'StatusLine',
        payload: lineOf(sessionId, tokens, promptId),
        headers: { sentAt: String(at), host: target.context.hostId },
      });
      if (answer.status !== 204) throw new Error(`a status line was answered ${answer.status}`);
    },
    poller: (context = contextOf(serverOf(world, 0))) =>
      new ContextPoller({
        context,
        marks: DEFAULT_MARKS,
        batchSize: 1_000,
        now: Date.now,
      }),
    [Symbol.asyncDispose]: async () => world[Symbol.asyncDispose](),
  };
}

export function serverOf({ servers }: Pick<HookWorld, 'servers'>, n: number): TestServer {
  const server = servers[n];
  if (server === undefined) throw new Error(`there is no server ${n}`);
  return server;
}

export function contextOf({ context }: TestServer): AgentsContext {
  return { pool: context.pool, locks: context.locks, announce: () => context.events.nudge() };
}

function lineOf(sessionId: string, tokens: number, promptId: string): object {
  return {
    session_id: sessionId,
    prompt_id: promptId,
    model: { id: 'claude-opus-4-8', display_name: 'Opus' },
    context_window: { total_input_tokens: tokens, context_window_size: WINDOW },
  };
}

/** The same context; `before` runs before each try to take an agent's lock. */
export function beforeAgentLock(
  context: AgentsContext,
  before: (agentId: number) => Promise<void> | void,
): AgentsContext {
  const { locks } = context;
  const take = async <T>(
    namespace: number,
    id: number,
    options: TryOptions,
    body: LockBody<T>,
  ): Promise<SkipResult<T>> => {
    if (namespace === LockNamespace.AGENT) await before(id);
    return locks.advisoryLockOrSkip(namespace, id, options, body);
  };
  const behind = new Proxy(locks, {
    get: (target, name): unknown =>
      name === 'advisoryLockOrSkip' ? take : Reflect.get(target, name),
  });
  return { ...context, locks: behind };
}

export interface Gate {
  readonly context: AgentsContext;
  /** Resolves when somebody has decided to take an agent's lock and stands before it. */
  readonly reached: Promise<void>;
  open(): void;
}

/** The same context, whose user stops before the first agent's lock until the gate opens. */
export function gated(context: AgentsContext): Gate {
  const reached = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const behind = beforeAgentLock(context, async () => {
    reached.resolve();
    await opened.promise;
  });
  return { context: behind, reached: reached.promise, open: opened.resolve };
}
