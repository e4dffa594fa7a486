/** The hooks feature as one object: take events in, apply them, answer. */
import { hookEventOfSlug, hookSlug, type Settings } from '@headspace/contract';
import { isConnectionError, isTransient } from '../../platform/database/index.ts';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import type { HookAnswer, HooksContext } from './context.ts';
import { type Envelope, type Headers, readEnvelope, type StoredEvent } from './envelope.ts';
import { createIdentify } from './identify.ts';
import { Inbox } from './inbox.ts';
import { HookQueues } from './queue.ts';
import { runAgain, waitingQueues } from './queue-queries.ts';

/** Events whose answer Claude Code waits for and may use: the work is done before it. */
const ANSWERED = new Set(['SessionStart', 'UserPromptSubmit']);
const SWEPT_QUEUES = 500;

export interface Hooks {
  /**
   * Takes one request: resolves once the event is on disk (and, where Claude waits for content,
   * applied or out of time). Throws HeadspaceError for what cannot be stored.
   */
  receive(request: { slug: string; headers: Headers; body: string }): Promise<HookAnswer>;
  /** Takes up what has waited longer than `olderThanMs`: left by a crash or a failed attempt. */
  sweep(olderThanMs: number, batchSize?: number): Promise<number>;
  /** Runs a parked event again, as late evidence. False if there is none. */
  rerun(id: number): Promise<boolean>;
  /** Resolves when nothing is being worked on in this process. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

export interface HooksOptions {
  context: HooksContext;
  /** Read for each event: it can change. */
  readonly settings: Pick<Settings, 'hooks.answerWithinMs' | 'personas.answerWithinMs'>;
  now: () => number;
}

export function createHooks(options: HooksOptions): Hooks {
  const { context, settings, now } = options;
  const inbox = new Inbox(context.pool, context.processId);
  const queues = new HookQueues(context);
  const identify = createIdentify(context, now);

  const read = ({ slug, headers, body }: Parameters<Hooks['receive']>[0]): Envelope => {
    const result = readEnvelope({
      event: hookEventOfSlug(slug) ?? null,
      headers,
      body,
      receivedAt: now(),
      ownHost: context.hostId,
      identify,
    });
    if ('eventId' in result) {
      // A route of a later Claude Code: the payload's own name has to agree with it.
      return hookEventOfSlug(slug) !== undefined || hookSlug(result.event) === slug
        ? result
        : { ...result, event: slug };
    }
    throw result.code === 'invalid_json'
      ? new HeadspaceError('invalid_json', result.detail)
      : new HeadspaceError('invalid_payload', undefined, { errors: result.errors });
  };

  const receive: Hooks['receive'] = async (request) => {
    const envelope = read(request);
    const stored = await store(inbox, envelope);
    if (stored === null) {
      if (envelope.spooled) await context.cameAgain?.(envelope);
      return null;
    }
    const withinMs = answerWithin(settings, stored);
    if (ANSWERED.has(stored.event) && withinMs > 0) {
      return applyAndAnswer(context, queues, stored, withinMs);
    }
    queues.push(stored);
    return null;
  };

  return {
    receive,
    async sweep(olderThanMs, batchSize = SWEPT_QUEUES) {
      const keys = await waitingQueues(context.pool, olderThanMs, batchSize);
      for (const key of keys) queues.nudge(key);
      return keys.length;
    },
    async rerun(id) {
      const queueKey = await runAgain(context.pool, id);
      if (queueKey !== undefined) queues.nudge(queueKey);
      return queueKey !== undefined;
    },
    settled: () => queues.settled(),
    stop: () => queues.stop(),
  };
}

async function applyAndAnswer(
  { answerTo }: HooksContext,
  queues: HookQueues,
  stored: StoredEvent,
  withinMs: number,
): Promise<HookAnswer> {
  const startedAt = performance.now();
  const applied = queues.whenApplied(stored.id, withinMs);
  queues.push(stored);
  if (!(await applied) || answerTo === undefined || stored.spooled) return null;
  const leftMs = withinMs - (performance.now() - startedAt);
  return leftMs < 1 ? null : answerTo(stored, leftMs);
}

/** A start may be answered with a persona, which has to be read; the work itself is mostly quick. */
function answerWithin(settings: HooksOptions['settings'], { event }: StoredEvent): number {
  const standard = settings['hooks.answerWithinMs'];
  const start = event === 'SessionStart' && standard > 0;
  return start ? Math.max(standard, settings['personas.answerWithinMs']) : standard;
}

async function store(inbox: Inbox, envelope: Envelope): Promise<StoredEvent | null> {
  try {
    return await inbox.append(envelope);
  } catch (error) {
    if (!isConnectionError(error) && !isTransient(error)) throw error;
    throw new HeadspaceError('database_unavailable', undefined, {
      retryAfterSeconds: 2,
      cause: error,
    });
  }
}
