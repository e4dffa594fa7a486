/**
 * The local side of locking: one queue per key, first in first out, without a connection for those
 * who wait.
 *
 * Order that no wake-up is lost: a waiter shows interest, then tries, then waits; a releaser unlocks,
 * then looks for interest, then notifies. So either the try succeeds or the releaser sees the
 * interest. A notification that gets lost is made good by the slow re-check.
 *
 * A grant that nobody wants any more (time limit, abort) is given back at once.
 */
import { AdvisoryLockError, messageOf, toLockError } from '../errors.ts';
import { describeKey, type LockKey } from '../keys.ts';
import type { Settings } from '../options.ts';
import { Control } from '../session/control.ts';
import { SessionLostError, type Session } from '../session/session.ts';
import { SessionSet } from '../session/session-set.ts';
import { OwnedLock } from './held-lock.ts';
import { isIdle, newKeyQueue, type Hold, type KeyQueue } from './key-queue.ts';
import { abortedError, fullError, lostError, timeoutNamingHolder } from './refusals.ts';
import { RemoteWaits } from './remote-waits.ts';
import { Reports } from './reports.ts';
import { LockRequest, type RequestOptions } from './request.ts';

/** Failed statements in a row after which a key's callers get the error. */
const MAX_FAILURES = 3;

export class LockTable {
  readonly sessions: SessionSet;
  readonly control: Control;
  readonly reports: Reports;
  readonly #settings: Settings;
  readonly #queues = new Map<string, KeyQueue>();
  readonly #remote: RemoteWaits;
  #waiting = 0;
  #closed = false;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.reports = new Reports(settings.emit);
    this.#remote = new RemoteWaits(settings.recheckMs, (queue) => void this.#attempt(queue));
    this.sessions = new SessionSet(settings, {
      onLost: (session, error) => this.#sessionLost(session, error),
      onMissing: (session, lockIds, error) => this.#locksMissing(session, lockIds, error),
    });
    this.control = new Control(settings, {
      onReleased: (interest) => this.#released(interest),
      onListening: () => this.#remote.wakeAll(),
    });
  }

  /** All keys with any activity in this process, by lock id. */
  get queues(): ReadonlyMap<string, KeyQueue> {
    return this.#queues;
  }

  /** Ask for a key. Resolves with the lock, or null where a try found it taken. */
  async request(key: LockKey, options: RequestOptions): Promise<OwnedLock | null> {
    this.#admit(key, options.signal);
    const queue = this.#queues.get(key.lockId) ?? this.#addQueue(key);
    const request = new LockRequest(key, options, (gone, error) => this.#giveUp(gone, error));
    const between = queue.phase === 'free' || queue.phase === 'releasing';
    const taken = queue.requests.length > 0 || !between;
    if (options.mode === 'try' && taken) {
      this.#answerBusy(request);
    } else {
      queue.requests.push(request);
      this.#waiting++;
      this.#pump(queue);
    }
    return request.result;
  }

  /** Refuse new requests, tell holders and waiters, give everything back, disconnect. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const closed = new AdvisoryLockError('closed', 'the lock service was closed');
    for (const queue of this.#queues.values()) this.#failAll(queue, closed);
    this.#remote.stop();
    await Promise.all([this.sessions.close(), this.control.close()]);
    for (const queue of this.#queues.values())
      if (queue.yieldTimer !== null) clearTimeout(queue.yieldTimer);
    this.#queues.clear();
  }

  #admit(key: LockKey, signal: AbortSignal | null): void {
    if (this.#closed) throw new AdvisoryLockError('closed', 'the lock service is closed');
    if (signal?.aborted === true) throw abortedError(key, signal);
    const { maxWaiting, maxKeys } = this.#settings;
    if (this.#waiting >= maxWaiting)
      throw fullError(key, `${maxWaiting} callers wait already (maxWaiting)`);
    if (this.#queues.size >= maxKeys && !this.#queues.has(key.lockId))
      throw fullError(key, `${maxKeys} keys are in use already (maxKeys)`);
  }

  #addQueue(key: LockKey): KeyQueue {
    const queue = newKeyQueue(key);
    this.#queues.set(key.lockId, queue);
    return queue;
  }

  /** Start whatever the queue needs next. */
  #pump(queue: KeyQueue): void {
    if (queue.phase !== 'free') return;
    const head = queue.requests[0];
    if (head === undefined) {
      if (queue.interestOn !== null) void this.#sendRelease(queue, queue.interestOn, false);
      else if (isIdle(queue)) this.#queues.delete(queue.key.lockId);
      return;
    }
    // Standing back for another process; the timer comes here again.
    if (queue.yieldTimer !== null && head.options.mode === 'wait') return;
    void this.#attempt(queue);
  }

  async #attempt(queue: KeyQueue): Promise<void> {
    queue.phase = 'trying';
    queue.signalled = false;
    this.#remote.delete(queue);
    let session: Session;
    try {
      session =
        queue.interestOn ??
        this.sessions.ready(queue.key) ??
        (await this.sessions.forKey(queue.key));
    } catch (error) {
      queue.phase = 'free';
      this.#failAll(queue, toLockError(error, `lock ${describeKey(queue.key)}`));
      return this.#pump(queue);
    }
    try {
      if (queue.requests.length === 0) {
        queue.phase = 'free';
        return this.#pump(queue);
      }
      const show = queue.contended && queue.interestOn === null;
      const { token, shown } = await session.tryLock(queue.key, show);
      if (!session.ready) throw new SessionLostError('the session ended with the grant');
      queue.failures = 0;
      if (shown) queue.interestOn = session;
      if (token === null) this.#refused(queue);
      else this.#granted(queue, session, token);
    } catch (error) {
      this.#attemptFailed(queue, error);
    }
  }

  #granted(queue: KeyQueue, session: Session, token: bigint): void {
    queue.hold = { session, baseToken: token, since: performance.now(), handOvers: 0 };
    const next = this.#takeNext(queue);
    if (next !== undefined) this.#give(queue, queue.hold, next);
    else void this.#sendRelease(queue, session, true).catch(() => {});
  }

  #refused(queue: KeyQueue): void {
    queue.phase = 'free';
    queue.contended = true;
    while (queue.requests[0]?.options.mode === 'try') {
      const request = this.#takeNext(queue);
      if (request !== undefined) this.#answerBusy(request);
    }
    if (queue.requests.length === 0 || queue.interestOn === null || queue.signalled)
      return this.#pump(queue);
    queue.phase = 'remote';
    this.#remote.add(queue);
    this.control.listen();
  }

  #attemptFailed(queue: KeyQueue, error: unknown): void {
    queue.phase = 'free';
    const cause = error instanceof SessionLostError ? error.cause : error;
    const final = cause instanceof AdvisoryLockError && cause.code !== 'connection';
    const failed = !(error instanceof SessionLostError) && ++queue.failures >= MAX_FAILURES;
    if (final || failed) {
      queue.failures = 0;
      this.#failAll(queue, toLockError(cause, `lock ${describeKey(queue.key)}`));
    }
    this.#pump(queue);
  }

  /** Make the request the holder. Token: the sequence's value plus the number of hand-overs. */
  #give(queue: KeyQueue, hold: Hold, request: LockRequest): void {
    const { purpose, report } = request.options;
    const { waitMs } = request;
    const token = hold.baseToken + BigInt(hold.handOvers);
    const lock = new OwnedLock({
      key: queue.key,
      session: hold.session,
      token,
      purpose,
      waitMs,
      reported: report,
      release: (owned) => this.#release(queue, owned),
    });
    queue.phase = 'held';
    queue.holder = lock;
    request.grant(lock);
    if (report) this.reports.acquired(lock, hold.handOvers > 0);
  }

  /** The holder is done: hand over within this process, or give the lock back to the server. */
  async #release(queue: KeyQueue, lock: OwnedLock): Promise<void> {
    if (lock.gone !== null) throw lock.gone;
    const { hold } = queue;
    if (hold === null || queue.holder !== lock) throw new Error('released by a stranger');
    const holdMs = lock.heldMs;
    queue.holder = null;
    const next = this.#mayHandOver(hold) ? this.#takeNext(queue) : undefined;
    if (next !== undefined) {
      hold.handOvers++;
      this.#give(queue, hold, next);
    } else {
      try {
        await this.#sendRelease(queue, hold.session, true);
      } catch (error) {
        const failure = toLockError(error, `releasing lock ${describeKey(queue.key)}`);
        this.reports.releaseFailed(lock, holdMs, failure);
        throw failure;
      }
    }
    if (lock.reported) this.reports.released(lock, holdMs);
  }

  #mayHandOver(hold: Hold): boolean {
    return (
      hold.handOvers < this.#settings.maxHandOvers &&
      performance.now() - hold.since < this.#settings.maxHandOverMs &&
      hold.session.remainingMs() > 0
    );
  }

  /** Unlock and hide our interest (or only the latter). Throws `lost` when the lock was not ours. */
  async #sendRelease(queue: KeyQueue, session: Session, unlock: boolean): Promise<void> {
    queue.phase = 'releasing';
    queue.hold = null;
    const hideInterest = queue.interestOn === session;
    if (hideInterest) queue.interestOn = null;
    let lost: AdvisoryLockError | null = null;
    try {
      const { unlocked, wanted } = await session.release(queue.key, { unlock, hideInterest });
      queue.contended = wanted;
      if (wanted) this.#announceAndStandBack(queue);
      if (!unlocked) lost = lostError(queue.key, 'the server did not hold it for us');
    } catch (error) {
      if (unlock) lost = lostError(queue.key, messageOf(error), error);
    }
    queue.phase = 'free';
    this.#pump(queue);
    if (lost !== null) throw lost;
  }

  /** Another process waits: wake it, and let it be first for a moment. */
  #announceAndStandBack(queue: KeyQueue): void {
    this.control.notify(queue.key.interest);
    if (this.#settings.yieldMs === 0 || this.#closed) return;
    if (queue.yieldTimer !== null) clearTimeout(queue.yieldTimer);
    queue.yieldTimer = setTimeout(() => {
      queue.yieldTimer = null;
      this.#pump(queue);
    }, this.#settings.yieldMs).unref();
  }

  #takeNext(queue: KeyQueue): LockRequest | undefined {
    const next = queue.requests.shift();
    if (next !== undefined) this.#waiting--;
    return next;
  }

  #answerBusy(request: LockRequest): void {
    request.busy();
    this.reports.busy(request);
    const queue = this.#queues.get(request.key.lockId);
    if (queue !== undefined && isIdle(queue)) this.#queues.delete(request.key.lockId);
  }

  /** Time limit or the caller's signal: take exactly this request out. */
  #giveUp(request: LockRequest, error: AdvisoryLockError): void {
    const queue = this.#queues.get(request.key.lockId);
    const index = queue?.requests.indexOf(request) ?? -1;
    if (queue === undefined || index < 0) return;
    queue.requests.splice(index, 1);
    this.#waiting--;
    const failure = timeoutNamingHolder(queue, error);
    request.fail(failure);
    this.reports.failed(request, failure);
    if (queue.requests.length > 0) return;
    if (queue.phase === 'remote') {
      queue.phase = 'free';
      this.#remote.delete(queue);
    }
    this.#pump(queue);
  }

  #failAll(queue: KeyQueue, error: AdvisoryLockError): void {
    this.#waiting -= queue.requests.length;
    for (const request of queue.requests.splice(0)) {
      request.fail(error);
      this.reports.failed(request, error);
    }
  }

  #released(interest: readonly bigint[]): void {
    const announced = new Set(interest);
    for (const queue of this.#queues.values()) {
      if (!announced.has(queue.key.interest)) continue;
      if (queue.phase === 'trying') queue.signalled = true;
      else if (queue.phase === 'remote') void this.#attempt(queue);
    }
  }

  #sessionLost(session: Session, error: Error): void {
    const affected = [...this.#queues.values()].filter(
      (queue) => queue.hold?.session === session || queue.interestOn === session,
    );
    for (const queue of affected) {
      if (queue.interestOn === session) queue.interestOn = null;
      if (queue.hold?.session === session) this.#loseHolder(queue, error);
      else if (queue.phase === 'remote') queue.phase = 'free';
    }
    for (const queue of affected) {
      this.#remote.delete(queue);
      this.#pump(queue);
    }
  }

  #locksMissing(session: Session, lockIds: readonly string[], error: Error): void {
    for (const lockId of lockIds) {
      const queue = this.#queues.get(lockId);
      if (queue?.hold?.session !== session) continue;
      this.#loseHolder(queue, error);
      this.#pump(queue);
    }
  }

  #loseHolder(queue: KeyQueue, cause: Error): void {
    const { holder } = queue;
    queue.hold = null;
    queue.holder = null;
    if (queue.phase === 'held') queue.phase = 'free';
    if (holder === null) return;
    const error = this.#closed
      ? new AdvisoryLockError('closed', 'the lock service was closed', { cause })
      : lostError(queue.key, cause.message, cause);
    holder.lose(error);
    this.reports.lost(holder, error);
  }
}
