/**
 * A lock session: one connection that carries many locks.
 *
 * Requests gather while a statement runs and travel together in the next one, releases first. One
 * statement runs at a time. After a failed statement nothing is known about its locks (those taken
 * before the error stay, as session locks outlive an abort), so they are read back from pg_locks and
 * put right before anything else is sent; when that fails too, the session is destroyed.
 *
 *   open ──► ready ──(error in a statement)──► in doubt ──► ready
 *              └──────(socket, lease, doubt)──────┴───────► lost (never comes back)
 */
import { messageOf, toLockError } from '../errors.ts';
import type { LockKey } from '../keys.ts';
import type { Settings } from '../options.ts';
import type { Link } from '../runtime.ts';
import {
  acquireBatch,
  acquireStatements,
  releaseBatch,
  takeAcquires,
  takeReleases,
  type AcquireStatements,
} from './batches.ts';
import { SessionBook } from './book.ts';
import { openFenceEpoch } from './fence.ts';
import { Lease } from './lease.ts';
import type {
  AcquireOp,
  ClaimOp,
  ClaimResult,
  Operation,
  ReleaseAsk,
  ReleaseOp,
  ReleaseResult,
  TryAsk,
  TryResult,
} from './operations.ts';
import { isPoolerSymptom, poolerError } from './pooler.ts';
import { reconcile } from './reconcile.ts';
import { sessionSettings } from './session-settings.ts';
import { HEARTBEAT_STATEMENT, intentOf } from './statements.ts';
import type { Statement, TextRow } from './text-statement.ts';

/** Thrown to requests of a session that ended; they belong on another session. */
export class SessionLostError extends Error {
  override readonly name = 'SessionLostError';
}

export interface SessionHooks {
  readonly onLost: (session: Session, error: Error) => void;
  readonly onMissing: (session: Session, lockIds: readonly string[], error: Error) => void;
}

export class Session {
  readonly book = new SessionBook();
  readonly #settings: Settings;
  readonly #hooks: SessionHooks;
  readonly #statements: AcquireStatements;
  #link: Link | null = null;
  #lease: Lease | null = null;
  #lost: SessionLostError | null = null;
  #acquires: AcquireOp[] = [];
  #releases: ReleaseOp[] = [];
  #claims: ClaimOp[] = [];
  #inFlight: readonly Operation[] = [];
  #draining = false;
  #heartbeatDue = false;
  #answeredAt = 0;

  constructor(settings: Settings, hooks: SessionHooks) {
    this.#settings = settings;
    this.#hooks = hooks;
    this.#statements = acquireStatements(settings.fenceSequence);
  }

  /** Connect. Throws AdvisoryLockError. */
  async open(): Promise<void> {
    const { runtime, leaseMs, heartbeatMs, fenceSequence, client } = this.#settings;
    const link = await runtime.connect(
      client,
      sessionSettings(leaseMs, this.#settings.sessionSettings),
      {
        prepare: (run) => openFenceEpoch(run, fenceSequence),
        onGone: (error) => this.#lose(error),
      },
    );
    if (this.#lost !== null) {
      link.destroy();
      throw this.#lost;
    }
    this.#link = link;
    this.#lease = new Lease(runtime, {
      leaseMs,
      heartbeatMs,
      onHeartbeatDue: () => this.#heartbeat(),
      onExpired: () => this.#lose(new Error(`no answer from the server for ${leaseMs} ms`)),
    });
    this.#settings.emit({ type: 'session_opened', pid: link.pid });
  }

  get ready(): boolean {
    return this.#link !== null && this.#lost === null;
  }

  get pid(): number {
    return this.#link?.pid ?? 0;
  }

  /** When the last statement was answered (Runtime.now). */
  get answeredAt(): number {
    return this.#answeredAt;
  }

  /** Places in PostgreSQL's lock table that are taken, or asked for. */
  get lockTableEntries(): number {
    return this.book.size + this.#acquires.length + this.#inFlight.length;
  }

  /** See Lease.remainingMs. */
  remainingMs(): number {
    return this.#lost === null ? (this.#lease?.remainingMs() ?? 0) : 0;
  }

  /** Try to take a key. Rejects with SessionLostError, or AdvisoryLockError for a failed statement. */
  tryLock(key: LockKey, ask: TryAsk): Promise<TryResult> {
    const { promise, resolve, reject } = Promise.withResolvers<TryResult>();
    this.#enqueue(this.#acquires, { type: 'acquire', key, ask, resolve, reject });
    return promise;
  }

  /** Take the first free one of several 64-bit keys. Rejects as tryLock does. */
  claim(key: LockKey, candidates: readonly LockKey[], showInterest: boolean): Promise<ClaimResult> {
    const { promise, resolve, reject } = Promise.withResolvers<ClaimResult>();
    const op: ClaimOp = { type: 'claim', key, candidates, showInterest, resolve, reject };
    this.#enqueue(this.#claims, op);
    return promise;
  }

  /** Release a key, or only hide interest in it. Rejects with SessionLostError. */
  release(key: LockKey, ask: ReleaseAsk): Promise<ReleaseResult> {
    const { promise, resolve, reject } = Promise.withResolvers<ReleaseResult>();
    this.#enqueue(this.#releases, { type: 'release', key, ask, resolve, reject });
    return promise;
  }

  /** Give all locks back and disconnect. */
  async close(): Promise<void> {
    const link = this.#link;
    if (link === null || this.#lost !== null) return this.#lose(new Error('closed'));
    this.#markLost(new Error('the lock service was closed'));
    await link.end(1_000, 'select pg_advisory_unlock_all()');
  }

  #enqueue<Op extends Operation>(queue: Op[], op: Op): void {
    if (this.#lost !== null) return op.reject(this.#lost);
    queue.push(op);
    if (this.#draining) return;
    this.#draining = true;
    this.#settings.runtime.nextTurn(() => void this.#drain());
  }

  #heartbeat(): void {
    this.#heartbeatDue = true;
    if (this.#draining) return;
    // At once, not after this turn: the turn may be a long one.
    this.#draining = true;
    void this.#drain();
  }

  async #drain(): Promise<void> {
    while (this.#lost === null) {
      if (this.#releases.length > 0) await this.#sendReleases(takeReleases(this.#releases));
      else if (this.#acquires.length > 0) await this.#sendAcquires(takeAcquires(this.#acquires));
      else if (this.#claims.length > 0) await this.#sendClaim(this.#claims.splice(0, 1));
      else if (this.#heartbeatDue) await this.#sendHeartbeat();
      else break;
      // Callers that were answered now get to make their next requests, which travel together.
      if (this.#acquires.length + this.#releases.length > 0)
        await new Promise<void>((resolve) => this.#settings.runtime.nextTurn(resolve));
    }
    this.#draining = false;
  }

  async #sendAcquires(ops: readonly AcquireOp[]): Promise<void> {
    const { statement, values, read } = acquireBatch(this.#statements, ops);
    const rows = await this.#send(ops, statement, values);
    if (rows === null) return;
    read(rows).forEach((result, n) => this.#answerTry(ops[n], result));
  }

  #answerTry(op: AcquireOp | undefined, result: TryResult): void {
    if (op === undefined) return;
    if (result.shown) this.book.show(op.key.interest);
    if (result.intended) this.book.show(intentOf(op.key));
    const { mode } = op.ask;
    if (result.token !== null && mode !== 'look') this.book.held.set(op.key.lockId, mode);
    op.resolve(result);
  }

  async #sendClaim(ops: readonly ClaimOp[]): Promise<void> {
    const [op] = ops;
    if (op === undefined) return;
    const keys = op.candidates.map((key) => key.wideText);
    const values = [`{${keys.join(',')}}`, String(op.showInterest), op.key.interestText];
    const rows = await this.#send(ops, this.#statements.claim, values);
    if (rows === null) return;
    const [position, taken, shown, token] = rows.at(-1) ?? [];
    if (shown === 't') this.book.show(op.key.interest);
    const key = taken === 't' ? (op.candidates[Number(position) - 1] ?? null) : null;
    if (key !== null) this.book.held.set(key.lockId, 'exclusive');
    const given = key === null ? null : BigInt(String(token));
    op.resolve({ key, token: given, shown: shown === 't' });
  }

  async #sendReleases(ops: readonly ReleaseOp[]): Promise<void> {
    for (const { key, ask } of ops) this.book.release(key, ask);
    const { statement, values, read } = releaseBatch(ops);
    const rows = await this.#send(ops, statement, values);
    if (rows === null) return;
    let doubt = false;
    read(rows).forEach((result, n) => {
      doubt ||= result.doubt;
      ops[n]?.resolve(result);
    });
    if (doubt) await this.#putRight(new Error('the server did not hold a lock that we released'));
  }

  async #sendHeartbeat(): Promise<void> {
    this.#heartbeatDue = false;
    await this.#send([], HEARTBEAT_STATEMENT, []);
  }

  /** Run one statement for `ops`. Null when it failed; then every op has been answered. */
  async #send(
    ops: readonly Operation[],
    statement: Statement,
    values: readonly string[],
  ): Promise<readonly TextRow[] | null> {
    const link = this.#link;
    if (link === null) return null;
    this.#inFlight = ops;
    const sentAt = this.#settings.runtime.now();
    try {
      const rows = await link.send(statement, values);
      this.#answeredAt = this.#settings.runtime.now();
      if (Number(rows[0]?.at(-1)) !== link.pid) this.#lose(poolerError());
      this.#lease?.renew(sentAt);
      return this.#lost === null ? rows : null;
    } catch (error) {
      await this.#afterFailure(ops, error);
      return null;
    } finally {
      this.#inFlight = [];
    }
  }

  async #afterFailure(ops: readonly Operation[], error: unknown): Promise<void> {
    if (this.#lost !== null) return;
    if (isPoolerSymptom(error)) return this.#lose(poolerError(error));
    await this.#putRight(error instanceof Error ? error : new Error(messageOf(error)));
    if (this.#lost !== null) return;
    for (const op of ops) {
      // What was to be released is released now, whichever statement did it. Whether somebody
      // waits for it is unknown, and a notification too many does no harm.
      if (op.type === 'release') op.resolve({ unlocked: true, wanted: true, announced: false });
      else op.reject(toLockError(error, 'a lock statement failed'));
    }
  }

  /** Read back what the server holds for us and make it equal to what we believe. */
  async #putRight(cause: Error): Promise<void> {
    const link = this.#link;
    if (link === null || this.#lost !== null) return;
    try {
      const sentAt = this.#settings.runtime.now();
      const { missing, releasedUnknown } = await reconcile(link, this.book);
      this.#lease?.renew(sentAt);
      for (const lockId of missing) this.book.held.delete(lockId);
      this.#settings.emit({
        type: 'session_reconciled',
        pid: link.pid,
        error: cause,
        releasedUnknown,
        missing: missing.length,
      });
      if (missing.length > 0) this.#hooks.onMissing(this, missing, cause);
    } catch (error) {
      this.#lose(
        new Error(`locks unknown after "${cause.message}": ${messageOf(error)}`, { cause: error }),
      );
    }
  }

  #lose(error: Error): void {
    const link = this.#link;
    if (this.#markLost(error)) link?.destroy();
  }

  /** Tell everyone, holders first. False when that was done before. */
  #markLost(error: Error): boolean {
    if (this.#lost !== null) return false;
    const lost = new SessionLostError(`lock session ended: ${error.message}`, { cause: error });
    this.#lost = lost;
    this.#lease?.end();
    this.#hooks.onLost(this, error);
    const waiting = [...this.#inFlight, ...this.#acquires, ...this.#releases, ...this.#claims];
    for (const op of waiting) op.reject(lost);
    this.#acquires = [];
    this.#releases = [];
    this.#claims = [];
    this.book.clear();
    if (this.#link !== null)
      this.#settings.emit({ type: 'session_lost', pid: this.#link.pid, error });
    return true;
  }
}
