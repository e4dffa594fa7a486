/**
 * Applies waiting events: one queue at a time per process, any number of queues beside each other.
 * Queues are only an order in which to begin; what keeps an agent's events in order over all
 * processes is the section, which takes everything that waits for its agents, oldest first.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { AdvisoryLockError } from '@headspace/lock';
import { isConnectionError, isTransient } from '../../platform/database/index.ts';
import { FencedError, SHUT_OUT } from '../agents/index.ts';
import { applyEvents, SECTION_EVENTS } from './apply-events.ts';
import { SessionHints } from './session-hints.ts';
import type { PresenceMap } from './candidates.ts';
import type { HooksContext } from './context.ts';
import type { StoredEvent } from './envelope.ts';
import { KeyedWork } from './keyed-work.ts';
import { FaultyEvent, parseFor } from './parsed-event.ts';
import { propose } from './propose.ts';
import { countFailure, isPending, oldestPending, recordWithoutAgent } from './queue-queries.ts';

/** Queues that this process works on at one time; below the pool's size. */
const CONCURRENCY = 12;
/** Attempts in a row that may lead nowhere before the queue is left to the next sweep. */
const STALE_LIMIT = 20;

/** SQLSTATEs of conflicts that are a case to resolve: unique, serialization, deadlock, fence. */
const CONFLICTS = new Set(['23505', '40001', '40P01', SHUT_OUT]);

export class HookQueues {
  private readonly context: HooksContext;
  private readonly work: KeyedWork;
  /** Events that this process stored and that are not known to be done, per queue. */
  private readonly pushed = new Map<string, Map<number, StoredEvent>>();
  private readonly queueOf = new Map<number, string>();
  private readonly watchers = new Map<number, () => void>();
  private readonly hints = new SessionHints();
  private stopped = false;

  constructor(context: HooksContext) {
    this.context = context;
    this.work = new KeyedWork(CONCURRENCY, (key) => this.drainQueue(key));
  }

  /** An event was stored by this process. */
  push(event: StoredEvent): void {
    const waiting = this.pushed.get(event.queueKey) ?? new Map<number, StoredEvent>();
    this.pushed.set(event.queueKey, waiting.set(event.id, event));
    this.queueOf.set(event.id, event.queueKey);
    this.work.schedule(event.queueKey);
  }

  /** Something waits in this queue, by the word of the database. */
  nudge(queueKey: string): void {
    this.work.schedule(queueKey);
  }

  /** Resolves true once the event is done with, false after `timeoutMs`. Call before `push`. */
  whenApplied(id: number, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (applied: boolean) => {
        clearTimeout(timer);
        this.watchers.delete(id);
        resolve(applied);
      };
      const timer = setTimeout(end, timeoutMs, false);
      this.watchers.set(id, () => end(true));
    });
  }

  /** Resolves when nothing is being worked on. */
  settled(): Promise<void> {
    return this.work.settled();
  }

  /** Takes no more; resolves when the running sections are over. What waits stays stored. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.work.stop();
  }

  private async drainQueue(queueKey: string): Promise<void> {
    try {
      // The next one is looked up each time: a section has often taken the whole queue at once.
      for (;;) {
        const [event] = this.pushed.get(queueKey)?.values() ?? [];
        const head = event ?? (await oldestPending(this.context.pool, queueKey));
        if (head === undefined || this.stopped) return;
        await this.drain(head);
        if (event !== undefined && !this.pushed.has(queueKey)) return;
      }
    } catch (error) {
      // The world's fault and not the event's: it stays stored, and the sweep comes again.
      this.pushed.delete(queueKey);
      const level = isOfTheWorld(error) ? 'warn' : 'error';
      this.context.log[level]({ queueKey, err: error }, 'queue left to the next sweep');
    }
  }

  /** Repeats proposal and section until this event is done with. */
  private async drain(event: StoredEvent): Promise<void> {
    let limit = SECTION_EVENTS;
    for (let stale = 0; stale < STALE_LIMIT && !this.stopped; stale++) {
      try {
        const result = await this.attempt(event, limit, stale === 0);
        if (result === 'done') return;
        if (result === 'progress') stale = 0;
      } catch (error) {
        if (isConflict(error)) this.hints.forget(event);
        else if (isOfTheWorld(error)) throw error;
        else if (error instanceof FaultyEvent) await this.failed(error.event, error.message);
        else if (limit > 1) limit = 1;
        else await this.failed(event, String(error));
        if (!(await this.stillWaits(event))) return;
      }
      if (stale > 3) await delay(5 * stale);
    }
    if (!this.stopped) throw new Error(`event ${event.id} found no agent in ${STALE_LIMIT} tries`);
  }

  private async attempt(
    event: StoredEvent,
    limit: number,
    trustHint: boolean,
  ): Promise<'done' | 'progress' | 'stale'> {
    const target = await this.target(event, trustHint);
    if (target === null) return 'done';
    const { applied, agents } = await applyEvents(this.context, { head: event, ...target, limit });
    for (const { id } of applied) this.finished(id);
    for (const agent of agents) this.hints.remember(agent);
    if (applied.length > 0) this.context.onApplied?.(agents);
    if (applied.some(({ id }) => id === event.id)) return 'done';
    if (applied.length > 0) return 'progress';
    return (await this.stillWaits(event)) ? 'stale' : 'done';
  }

  /** Whom to lock; null where the event belongs to nobody and is done. */
  private async target(event: StoredEvent, trustHint: boolean) {
    const hint = trustHint ? this.hints.of(event) : undefined;
    if (hint !== undefined) return { ids: [hint], newId: null, presence: NO_PRESENCE };
    const proposal = await propose(this.context, parseFor(this.context, event));
    if (proposal.kind === 'agents') return proposal;
    await recordWithoutAgent(this.context.pool, event, proposal.reason);
    this.finished(event.id);
    return null;
  }

  private finished(id: number): void {
    const queueKey = this.queueOf.get(id);
    this.queueOf.delete(id);
    if (queueKey !== undefined) {
      const waiting = this.pushed.get(queueKey);
      waiting?.delete(id);
      if (waiting?.size === 0) this.pushed.delete(queueKey);
    }
    this.watchers.get(id)?.();
  }

  private async stillWaits(event: StoredEvent): Promise<boolean> {
    if (await isPending(this.context.pool, event.id)) return true;
    this.finished(event.id);
    return false;
  }

  private async failed(event: StoredEvent, error: string): Promise<void> {
    const { pool, maxTries, log } = this.context;
    const status = await countFailure(pool, event, error, maxTries);
    log.warn({ hookEventId: event.id, event: event.event, status, error }, 'event failed');
    if (status !== 'parked') return;
    this.finished(event.id);
    this.context.announce();
  }
}

const NO_PRESENCE: PresenceMap = new Map();

/** Neither a lock timeout nor a lost connection counts against an event. */
function isOfTheWorld(error: unknown): boolean {
  return error instanceof AdvisoryLockError || isConnectionError(error) || isTransient(error);
}

function isConflict(error: unknown): boolean {
  if (error instanceof FencedError) return true;
  return CONFLICTS.has(String((error as { code?: unknown }).code ?? ''));
}
