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
import { AdvisoryLockError, messageOf, toLockError } from '../errors.ts';
import type { LockKey } from '../keys.ts';
import type { Settings } from '../options.ts';
import { Connection } from './connection.ts';
import { openFenceEpoch } from './fence.ts';
import { Lease } from './lease.ts';
import { reconcile } from './reconcile.ts';
import { sessionSettings } from './session-settings.ts';
import {
  acquireStatement,
  HEARTBEAT_STATEMENT,
  keyColumns,
  RELEASE_STATEMENT,
} from './statements.ts';

/** Requests in one statement. More would hold more transaction locks at one time. */
const BATCH = 512;

/** Answer to a try. `token` is null when someone else holds the key. */
export interface TryResult {
  readonly token: bigint | null;
  /** Whether the shared interest lock was taken (asked for, and not briefly blocked). */
  readonly shown: boolean;
}

/** Answer to a release. */
export interface ReleaseResult {
  /** False when the server says that we did not hold the lock. */
  readonly unlocked: boolean;
  /** Another session shows interest in the key. */
  readonly wanted: boolean;
}

interface Pending<Result> {
  readonly key: LockKey;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: Error) => void;
}
interface AcquireOp extends Pending<TryResult> {
  readonly showInterest: boolean;
}
interface ReleaseOp extends Pending<ReleaseResult> {
  readonly unlock: boolean;
  readonly hideInterest: boolean;
}

/** Thrown to requests of a session that ended; they belong on another session. */
export class SessionLostError extends Error {
  override readonly name = 'SessionLostError';
}

export class Session {
  readonly #settings: Settings;
  readonly #onLost: (session: Session, error: Error) => void;
  readonly #onMissing: (session: Session, lockIds: readonly string[], error: Error) => void;
  readonly #acquireText: string;
  #connection: Connection | null = null;
  #lease: Lease | null = null;
  #lost: SessionLostError | null = null;
  #acquires: AcquireOp[] = [];
  #releases: ReleaseOp[] = [];
  #inFlight: readonly Pending<never>[] = [];
  #draining = false;
  #heartbeatDue = false;
  /** Lock ids that we believe to hold here, and how often interest is shown, by interest key. */
  readonly held = new Set<string>();
  readonly interest = new Map<bigint, number>();

  constructor(
    settings: Settings,
    onLost: (session: Session, error: Error) => void,
    onMissing: (session: Session, lockIds: readonly string[], error: Error) => void,
  ) {
    this.#settings = settings;
    this.#onLost = onLost;
    this.#onMissing = onMissing;
    this.#acquireText = acquireStatement(settings.fenceSequence);
  }

  /** Connect. Throws AdvisoryLockError. */
  async open(): Promise<void> {
    const { leaseMs, heartbeatMs, fenceSequence, client, sessionSettings: extra } = this.#settings;
    const connection = await Connection.open(client, sessionSettings(leaseMs, extra), {
      prepare: (pgClient) => openFenceEpoch(pgClient, fenceSequence),
      onGone: (error) => this.#lose(error),
    });
    if (this.#lost !== null) {
      connection.destroy();
      throw this.#lost;
    }
    this.#connection = connection;
    this.#lease = new Lease({
      leaseMs,
      heartbeatMs,
      onHeartbeatDue: () => this.#heartbeat(),
      onExpired: () => this.#lose(new Error(`no answer from the server for ${leaseMs} ms`)),
    });
    this.#settings.emit({ type: 'session_opened', pid: connection.pid });
  }

  get ready(): boolean {
    return this.#connection !== null && this.#lost === null;
  }

  get pid(): number {
    return this.#connection?.pid ?? 0;
  }

  /** See Lease.remainingMs. */
  remainingMs(): number {
    return this.#lost === null ? (this.#lease?.remainingMs() ?? 0) : 0;
  }

  /** Try to take a key. Rejects with SessionLostError, or AdvisoryLockError for a failed statement. */
  tryLock(key: LockKey, showInterest: boolean): Promise<TryResult> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== null) return reject(this.#lost);
      this.#acquires.push({ key, showInterest, resolve, reject });
      this.#schedule();
    });
  }

  /** Release a key, or only hide the interest in it. Rejects with SessionLostError. */
  release(
    key: LockKey,
    what: { readonly unlock: boolean; readonly hideInterest: boolean },
  ): Promise<ReleaseResult> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== null) return reject(this.#lost);
      this.#releases.push({ key, ...what, resolve, reject });
      this.#schedule();
    });
  }

  /** Give all locks back and disconnect. */
  async close(): Promise<void> {
    const connection = this.#connection;
    if (connection === null || this.#lost !== null) return this.#lose(new Error('closed'));
    this.#markLost(new Error('the lock service was closed'));
    await connection.end(1_000, 'select pg_advisory_unlock_all()');
  }

  /** Break the connection, for a session whose state cannot be known. */
  destroy(error: Error): void {
    this.#lose(error);
  }

  #heartbeat(): void {
    this.#heartbeatDue = true;
    if (this.#draining) return;
    // At once, not after this turn: the turn may be a long one.
    this.#draining = true;
    void this.#drain();
  }

  #schedule(): void {
    if (this.#draining) return;
    this.#draining = true;
    setImmediate(() => void this.#drain());
  }

  async #drain(): Promise<void> {
    while (this.#lost === null) {
      if (this.#releases.length > 0) await this.#sendReleases(this.#releases.splice(0, BATCH));
      else if (this.#acquires.length > 0) await this.#sendAcquires(this.#acquires.splice(0, BATCH));
      else if (this.#heartbeatDue) await this.#sendHeartbeat();
      else break;
      // Callers that were answered now get to make their next requests, which travel together.
      if (this.#acquires.length + this.#releases.length > 0) await nextTurn();
    }
    this.#draining = false;
  }

  async #sendAcquires(ops: readonly AcquireOp[]): Promise<void> {
    const values = [...keyColumns(ops.map((op) => op.key)), ops.map((op) => op.showInterest)];
    const rows = await this.#send(ops, this.#acquireText, values, 'advisory_lock_acquire');
    if (rows === null) return;
    for (const [position, shown, token] of rows) {
      const op = ops[Number(position) - 1];
      if (op === undefined) continue;
      if (shown === true)
        this.interest.set(op.key.interest, (this.interest.get(op.key.interest) ?? 0) + 1);
      if (token !== null) this.held.add(op.key.lockId);
      op.resolve({ shown: shown === true, token: token === null ? null : BigInt(String(token)) });
    }
  }

  async #sendReleases(ops: readonly ReleaseOp[]): Promise<void> {
    for (const op of ops) {
      if (op.unlock) this.held.delete(op.key.lockId);
      if (op.hideInterest) this.#forgetInterest(op.key.interest);
    }
    const values = [
      ...keyColumns(ops.map((op) => op.key)),
      ops.map((op) => op.unlock),
      ops.map((op) => op.hideInterest),
    ];
    const rows = await this.#send(ops, RELEASE_STATEMENT, values, 'advisory_lock_release');
    if (rows === null) return;
    let doubt: Error | null = null;
    for (const [position, unlocked, hidden, wanted] of rows) {
      const op = ops[Number(position) - 1];
      if (op === undefined) continue;
      if (unlocked === false || hidden === false)
        doubt = new Error('the server did not hold a lock that we released');
      op.resolve({ unlocked: unlocked !== false, wanted: wanted === true });
    }
    if (doubt !== null) await this.#putRight(doubt);
  }

  async #sendHeartbeat(): Promise<void> {
    this.#heartbeatDue = false;
    await this.#send([], HEARTBEAT_STATEMENT, [], 'advisory_lock_heartbeat');
  }

  /** Run one statement for `ops`. Null when it failed; then every op has been answered. */
  async #send(
    ops: readonly (AcquireOp | ReleaseOp)[],
    text: string,
    values: readonly unknown[],
    name: string,
  ): Promise<readonly unknown[][] | null> {
    const connection = this.#connection;
    if (connection === null) return null;
    this.#inFlight = ops;
    const sentAt = performance.now();
    try {
      const rows = await connection.run(text, values, name);
      this.#lease?.renew(sentAt);
      if (rows[0]?.at(-1) !== connection.pid) this.#lose(poolerError());
      return this.#lost === null ? rows : null;
    } catch (error) {
      await this.#afterFailure(ops, error);
      return null;
    } finally {
      this.#inFlight = [];
    }
  }

  async #afterFailure(ops: readonly (AcquireOp | ReleaseOp)[], error: unknown): Promise<void> {
    if (this.#lost !== null) return;
    await this.#putRight(error instanceof Error ? error : new Error(messageOf(error)));
    if (this.#lost !== null) return;
    for (const op of ops) {
      // What was to be released is released now, whichever statement did it. Whether somebody
      // waits for it is unknown, and a notification too many does no harm.
      if ('unlock' in op) op.resolve({ unlocked: true, wanted: op.unlock });
      else op.reject(toLockError(error, 'a lock statement failed'));
    }
  }

  /** Read back what the server holds for us and make it equal to what we believe. */
  async #putRight(cause: Error): Promise<void> {
    const connection = this.#connection;
    if (connection === null || this.#lost !== null) return;
    try {
      const sentAt = performance.now();
      const { missing, releasedUnknown } = await reconcile(connection, this.held, this.interest);
      this.#lease?.renew(sentAt);
      for (const lockId of missing) this.held.delete(lockId);
      const { pid } = connection;
      this.#settings.emit({
        type: 'session_reconciled',
        pid,
        error: cause,
        releasedUnknown,
        missing: missing.length,
      });
      if (missing.length > 0) this.#onMissing(this, missing, cause);
    } catch (error) {
      this.#lose(
        new Error(`locks unknown after "${cause.message}": ${messageOf(error)}`, { cause: error }),
      );
    }
  }

  #forgetInterest(interest: bigint): void {
    const count = this.interest.get(interest) ?? 0;
    if (count > 1) this.interest.set(interest, count - 1);
    else this.interest.delete(interest);
  }

  #lose(error: Error): void {
    const connection = this.#connection;
    if (this.#markLost(error)) connection?.destroy();
  }

  /** Tell everyone, holders first. False when that was done before. */
  #markLost(error: Error): boolean {
    if (this.#lost !== null) return false;
    const lost = new SessionLostError(`lock session ended: ${error.message}`, { cause: error });
    this.#lost = lost;
    this.#lease?.end();
    this.#onLost(this, error);
    for (const op of [...this.#inFlight, ...this.#acquires, ...this.#releases]) op.reject(lost);
    this.#acquires = [];
    this.#releases = [];
    this.held.clear();
    this.interest.clear();
    if (this.#connection !== null)
      this.#settings.emit({ type: 'session_lost', pid: this.#connection.pid, error });
    return true;
  }
}

function poolerError(): AdvisoryLockError {
  return new AdvisoryLockError(
    'pooler',
    'Statements reach different server sessions. Connect the locks directly, or through a pooler in session mode.',
  );
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
