/** A reconciler of its own that stops at a point of its work until the test lets it go on. */
import { join } from 'node:path';
import { reconcileBatch, type Reconciled } from '../../src/features/transcripts/reconcile.ts';
import type { World } from '../../src/features/transcripts/testing/world.ts';
import { DEFAULT_MARKS } from '../../src/domain/context-use.ts';
import type { TestServer } from '@headspace/testkit/server';
import type { AgentsContext } from '../../src/features/agents/index.ts';

export interface StoppedReconciler {
  /** Resolves when it has come to the point. */
  readonly arrived: Promise<void>;
  goOn(): void;
  readonly result: Promise<Reconciled>;
}

type Point = 'before the lock' | 'under the lock, rows read';

/** Reads one batch of a session's transcript, as the given server would. */
export function reconcileUpTo(
  point: Point,
  world: World,
  server: TestServer,
  session: { agentId: number; sessionId: string },
): StoppedReconciler {
  const arrived = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const stop = async (): Promise<void> => {
    arrived.resolve();
    await goOn.promise;
  };
  const { context } = server;
  const result = reconcileBatch(
    {
      context: contextWith(context, point, stop),
      projectsFolder: join(world.claudeFolder, 'projects'),
      now: world.clock.now,
      log: context.logger,
      contextMarks: DEFAULT_MARKS,
    },
    { agentId: session.agentId, path: world.pathOf(session.sessionId), subagent: null },
  );
  return { arrived: arrived.promise, goOn: goOn.resolve, result };
}

function contextWith(
  { pool, locks }: Pick<AgentsContext, 'pool' | 'locks'>,
  point: Point,
  stop: () => Promise<void>,
): AgentsContext {
  const before = async (...args: unknown[]): Promise<unknown> => {
    await stop();
    return await Reflect.apply(locks.advisoryLockOrSkip, locks, args);
  };
  const query = async (...args: unknown[]): Promise<unknown> => {
    const answer: unknown = await Reflect.apply(pool.query, pool, args);
    const [statement] = args as [{ name?: string } | undefined];
    if (statement?.name === 'known-transcript-rows') await stop();
    return answer;
  };
  const atLock = point === 'before the lock';
  return {
    announce: () => undefined,
    locks: atLock ? replaced(locks, 'advisoryLockOrSkip', before) : locks,
    pool: atLock ? pool : replaced(pool, 'query', query),
  };
}

function replaced<T extends object>(target: T, method: keyof T, by: unknown): T {
  return new Proxy(target, {
    get: (from, name): unknown => {
      if (name === method) return by;
      const value: unknown = Reflect.get(from, name, from);
      return typeof value === 'function' ? (value.bind(from) as unknown) : value;
    },
  });
}
