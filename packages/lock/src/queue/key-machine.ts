/**
 * What happens to one key next. All decisions of the local side are here: whom to give the lock, when
 * to ask the server, when to give it back.
 *
 * Order that no wake-up is lost: a waiter shows interest, then tries, then waits; a releaser unlocks,
 * then looks for interest, then notifies. So either the try succeeds or the releaser sees the
 * interest. A notification that gets lost is made good by the slow re-check.
 *
 * Shared requests join the hold that this process has, for a short time; then the server is asked
 * whether an exclusive request waits elsewhere. A new shared request stands back for such a one, but
 * only for a time (ask-server.ts): neither kind starves the other.
 */
import { AdvisoryLockError, messageOf, toLockError } from '../errors.ts';
import { describeKey } from '../keys.ts';
import type { Settings } from '../options.ts';
import type { Control } from '../session/control.ts';
import { SessionLostError, type Session } from '../session/session.ts';
import type { SessionSet } from '../session/session-set.ts';
import { askServer, isHold, MAX_FAILURES } from './ask-server.ts';
import { OwnedLock } from './held-lock.ts';
import { isIdle, isTaken, sharedHold, type Hold, type KeyQueue } from './key-queue.ts';
import type { LockTableGuard } from './lock-table-guard.ts';
import { lostError } from './refusals.ts';
import type { RemoteWaits } from './remote-waits.ts';
import type { Reports } from './reports.ts';
import type { LockRequest } from './request.ts';

export interface MachineParts {
  readonly settings: Settings;
  readonly sessions: SessionSet;
  readonly control: Control;
  readonly reports: Reports;
  readonly remote: RemoteWaits;
  readonly guard: LockTableGuard;
  /** The request left the queue. */
  readonly onLeft: (request: LockRequest) => void;
  /** Nothing is left to remember of the key. */
  readonly onIdle: (queue: KeyQueue) => void;
}

export class KeyMachine {
  readonly #parts: MachineParts;
  #closed = false;

  constructor(parts: MachineParts) {
    this.#parts = parts;
  }

  /** No new statements but releases. */
  close(): void {
    this.#closed = true;
  }

  /** Start whatever the queue needs next. */
  pump(queue: KeyQueue): void {
    for (;;) {
      const head = queue.requests[0];
      if (head === undefined) return this.#settle(queue);
      if (queue.asking) return;
      const hold = sharedHold(queue);
      if (hold === null || !head.options.shared) return this.#askIfFree(queue, head);
      if (!this.#hasRoom(hold)) {
        if (!queue.remote) void this.#ask(queue, hold);
        return;
      }
      hold.handOvers++;
      this.#give(queue, hold, this.#takeFirst(queue, head), this.#now());
    }
  }

  /** A refused queue may look again: a release was `announced`, or it is time to. */
  wake(queue: KeyQueue, announced: boolean): void {
    if (queue.asking) queue.signalled = true;
    if (!queue.remote) return;
    this.#leaveRemote(queue);
    queue.announced = announced;
    this.pump(queue);
  }

  /** A request was taken out of the queue. */
  requestLeft(queue: KeyQueue, request: LockRequest): void {
    const head = queue.requests[0];
    if (queue.remote && head?.options.shared !== request.options.shared) this.#leaveRemote(queue);
    const intent = queue.intentOn;
    if (intent !== null && queue.requests.every((each) => each.options.shared))
      void this.#hide(queue, intent, false);
    this.pump(queue);
  }

  answerBusy(request: LockRequest): void {
    request.busy();
    this.#parts.reports.busy(request);
    if (isIdle(request.queue)) this.#parts.onIdle(request.queue);
  }

  /** The session is gone, with all that was held and shown on it. */
  forgetSession(queue: KeyQueue, session: Session, error: Error): void {
    if (queue.interestOn === session) queue.interestOn = null;
    if (queue.intentOn === session) queue.intentOn = null;
    for (const hold of [...queue.holds])
      if (hold.session === session) this.loseHold(queue, hold, error);
    this.#leaveRemote(queue);
  }

  loseHold(queue: KeyQueue, hold: Hold, cause: Error): void {
    queue.holds.delete(hold);
    const error = this.#closed
      ? new AdvisoryLockError('closed', 'the lock service was closed', { cause })
      : lostError(queue.key, cause.message, cause);
    for (const holder of hold.holders) {
      holder.lose(error);
      this.#parts.reports.lost(holder, error);
    }
    hold.holders.clear();
  }

  /** Nobody waits: show nothing, remember nothing. */
  #settle(queue: KeyQueue): void {
    this.#leaveRemote(queue);
    if (queue.holds.size > 0 || queue.asking || queue.releasing > 0) return;
    const shownOn = queue.interestOn ?? queue.intentOn;
    if (shownOn !== null) void this.#hide(queue, shownOn, true);
    else if (isIdle(queue)) this.#parts.onIdle(queue);
  }

  #askIfFree(queue: KeyQueue, head: LockRequest): void {
    if (queue.remote || isTaken(queue) || this.#closed) return;
    // A plain key is free again only when its release was answered.
    const { slots, holds, releasing } = queue;
    if (slots === null ? releasing > 0 : holds.size + releasing >= slots.length) return;
    // Standing back for another process; the timer comes here again.
    if (queue.yieldTimer !== null && head.options.mode === 'wait') return;
    void this.#ask(queue, null);
  }

  /** One round trip: take the key, a slot, or leave to join `joining`. */
  async #ask(queue: KeyQueue, joining: Hold | null): Promise<void> {
    queue.asking = true;
    queue.signalled = false;
    const plain = queue.announced;
    queue.announced = false;
    try {
      const answer = await askServer(this.#parts, queue, { joining, plain });
      if (isHold(answer) && !answer.session.ready)
        throw new SessionLostError('the session ended with the grant');
      queue.asking = false;
      queue.failures = 0;
      if (answer === null) this.pump(queue);
      else if (answer === 'refused') this.#refused(queue, plain);
      else if (answer === 'shared requests may join') this.#joinFirst(queue, joining);
      else this.#granted(queue, answer);
    } catch (error) {
      queue.asking = false;
      this.#askFailed(queue, error);
    }
  }

  #granted(queue: KeyQueue, hold: Hold): void {
    queue.holds.add(hold);
    const head = queue.requests[0];
    const fits = head !== undefined && head.options.shared === (hold.mode === 'shared');
    if (fits) this.#give(queue, hold, this.#takeFirst(queue, head), hold.since);
    else this.#sendRelease(queue, hold).catch(() => {});
    this.pump(queue);
  }

  #joinFirst(queue: KeyQueue, hold: Hold | null): void {
    const head = queue.requests[0];
    const fits = hold !== null && queue.holds.has(hold) && head?.options.shared === true;
    if (fits) this.#give(queue, hold, this.#takeFirst(queue, head), this.#now());
    this.pump(queue);
  }

  #refused(queue: KeyQueue, plain: boolean): void {
    queue.contended = true;
    for (let head = queue.requests[0]; head?.options.mode === 'try'; head = queue.requests[0])
      this.answerBusy(this.#takeFirst(queue, head));
    // After a plain try another one that shows all there is to show.
    if (queue.requests.length === 0 || queue.interestOn === null || queue.signalled || plain)
      return this.pump(queue);
    queue.remote = true;
    this.#parts.remote.add(queue);
    this.#parts.control.listen();
  }

  #askFailed(queue: KeyQueue, error: unknown): void {
    const lost = error instanceof SessionLostError;
    const cause = lost ? error.cause : error;
    const final = cause instanceof AdvisoryLockError && cause.code !== 'connection';
    if (final || (!lost && ++queue.failures >= MAX_FAILURES)) {
      queue.failures = 0;
      this.failAll(queue, toLockError(cause, `lock ${describeKey(queue.key)}`));
    }
    this.pump(queue);
  }

  failAll(queue: KeyQueue, error: AdvisoryLockError): void {
    for (const request of queue.requests.splice(0)) {
      this.#parts.onLeft(request);
      request.fail(error);
      this.#parts.reports.failed(request, error);
    }
  }

  /** Make the request a holder. Token: the sequence's value plus the number of hand-overs. */
  #give(queue: KeyQueue, hold: Hold, request: LockRequest, now: number): void {
    const { purpose, report, shared } = request.options;
    const lock = new OwnedLock({
      runtime: this.#parts.settings.runtime,
      key: queue.key,
      hold,
      token: hold.baseToken + BigInt(hold.handOvers),
      shared,
      purpose,
      waitMs: request.waitMsAt(now),
      grantedAt: now,
      reported: report,
      frame: request.frame,
      release: (owned) => this.#release(queue, owned),
    });
    hold.holders.add(lock);
    request.grant(lock);
    if (report) this.#parts.reports.acquired(lock, hold.handOvers > 0);
  }

  /** The holder is done: hand over within this process, or give the lock back to the server. */
  async #release(queue: KeyQueue, lock: OwnedLock): Promise<void> {
    if (lock.gone !== null) throw lock.gone;
    const { hold } = lock;
    if (!queue.holds.has(hold) || !hold.holders.delete(lock))
      throw new Error('released by a stranger');
    const holdMs = lock.heldMs;
    const next = queue.requests[0];
    if (hold.mode === 'exclusive' && next?.options.shared === false && this.#hasRoom(hold)) {
      hold.handOvers++;
      this.#give(queue, hold, this.#takeFirst(queue, next), this.#now());
    } else if (hold.holders.size === 0) {
      try {
        await this.#sendRelease(queue, hold);
      } catch (error) {
        const failure = toLockError(error, `releasing lock ${describeKey(queue.key)}`);
        this.#parts.reports.releaseFailed(lock, holdMs, failure);
        throw failure;
      }
    }
    if (lock.reported) this.#parts.reports.released(lock, holdMs);
  }

  #now(): number {
    return this.#parts.settings.runtime.now();
  }

  /** Whether the hold may have one more holder before the server is asked. */
  #hasRoom(hold: Hold): boolean {
    const { maxHandOvers, maxHandOverMs } = this.#parts.settings;
    return (
      hold.handOvers < maxHandOvers &&
      this.#now() - hold.since < maxHandOverMs &&
      hold.session.remainingMs() > 0
    );
  }

  /** Unlock and hide what we show. Throws `lost` when the lock was not ours. */
  async #sendRelease(queue: KeyQueue, hold: Hold): Promise<void> {
    const { session, mode } = hold;
    queue.holds.delete(hold);
    queue.releasing++;
    this.#leaveRemote(queue);
    const last = queue.slots === null || (queue.holds.size === 0 && queue.requests.length === 0);
    const ask = { unlock: mode, ...this.#hiding(queue, session, last) };
    let lost: AdvisoryLockError | null = null;
    try {
      const { unlocked, wanted, announced } = await session.release(hold.key, ask);
      queue.contended = wanted;
      if (wanted && !announced) this.#parts.control.notify(queue.key.interest);
      if (wanted) this.#standBack(queue);
      if (!unlocked) lost = lostError(queue.key, 'the server did not hold it for us');
    } catch (error) {
      lost = lostError(queue.key, messageOf(error), error);
    }
    queue.releasing--;
    this.pump(queue);
    if (lost !== null) throw lost;
  }

  /** Show interest (all of it) or only intent no more. */
  async #hide(queue: KeyQueue, session: Session, all: boolean): Promise<void> {
    queue.releasing++;
    const ask = { unlock: null, ...this.#hiding(queue, session, all) };
    if (!all && queue.intentOn === session) {
      queue.intentOn = null;
      ask.hideIntent = true;
    }
    const nothing = { wanted: false, announced: false };
    const { wanted, announced } = await session.release(queue.key, ask).catch(() => nothing);
    if (wanted && !announced) this.#parts.control.notify(queue.key.interest);
    queue.releasing--;
    this.pump(queue);
  }

  #hiding(
    queue: KeyQueue,
    session: Session,
    all: boolean,
  ): { hideInterest: boolean; hideIntent: boolean } {
    const hideInterest = all && queue.interestOn === session;
    const hideIntent = all && queue.intentOn === session;
    if (hideInterest) queue.interestOn = null;
    if (hideIntent) queue.intentOn = null;
    return { hideInterest, hideIntent };
  }

  /** Another process waits and was woken: let it be first for a moment. */
  #standBack(queue: KeyQueue): void {
    const { settings } = this.#parts;
    if (settings.yieldMs === 0 || this.#closed) return;
    queue.yieldTimer?.cancel();
    queue.yieldTimer = settings.runtime.after(settings.yieldMs, () => {
      queue.yieldTimer = null;
      this.pump(queue);
    });
  }

  #leaveRemote(queue: KeyQueue): void {
    queue.remote = false;
    this.#parts.remote.delete(queue);
  }

  #takeFirst(queue: KeyQueue, head: LockRequest): LockRequest {
    queue.requests.shift();
    this.#parts.onLeft(head);
    return head;
  }
}
