/**
 * The local side of locking: one queue per key, first in first out, without a connection for those
 * who wait. This class lets requests in and out and passes on what happens to sessions; what a key
 * does next is decided in key-machine.ts.
 *
 * A grant that nobody wants any more (time limit, abort) is given back at once.
 */
import { AdvisoryLockError } from '../errors.ts';
import type { LockKey } from '../keys.ts';
import type { Settings } from '../options.ts';
import type { Runtime } from '../runtime.ts';
import { Control } from '../session/control.ts';
import type { Session } from '../session/session.ts';
import { SessionSet } from '../session/session-set.ts';
import { HOLDERS_OF_STATEMENT, LOCK_TABLE_STATEMENT } from '../session/statements.ts';
import type { OwnedLock } from './held-lock.ts';
import { KeyMachine } from './key-machine.ts';
import { isTaken, newKeyQueue, sharedHold, type KeyQueue } from './key-queue.ts';
import { LockTableGuard, type TableUse } from './lock-table-guard.ts';
import {
  abortedError,
  describeLocalHolders,
  describeRemoteHolders,
  fullError,
  timeoutNaming,
  type RemoteHolder,
} from './refusals.ts';
import { RemoteWaits } from './remote-waits.ts';
import { Reports } from './reports.ts';
import { LockRequest, type RequestOptions } from './request.ts';
import { deadlockError, findCycle } from './wait-graph.ts';

/** Longest time for which a timeout is held back to learn who has the lock. */
const NAMING_MS = 500;

export class LockTable {
  readonly sessions: SessionSet;
  readonly control: Control;
  readonly reports: Reports;
  readonly #settings: Settings;
  readonly #queues = new Map<string, KeyQueue>();
  readonly #remote: RemoteWaits;
  readonly #machine: KeyMachine;
  #waiting = 0;
  #closed = false;

  constructor(settings: Settings) {
    const { runtime } = settings;
    this.#settings = settings;
    this.reports = new Reports(settings.emit);
    this.#remote = new RemoteWaits(runtime, settings.recheckMs, (queue) =>
      this.#machine.wake(queue, false),
    );
    this.sessions = new SessionSet(settings, {
      onLost: (session, error) => this.#sessionLost(session, error),
      onMissing: (session, lockIds, error) => this.#locksMissing(session, lockIds, error),
    });
    this.control = new Control(settings, {
      onReleased: (interest) => this.#released(interest),
      onListening: () => this.#remote.wakeAll(),
    });
    this.#machine = new KeyMachine({
      settings,
      sessions: this.sessions,
      control: this.control,
      reports: this.reports,
      remote: this.#remote,
      guard: new LockTableGuard(
        runtime,
        settings.lockTableShare,
        () => this.sessions.lockTableEntries(),
        () => this.#readTableUse(),
      ),
      onLeft: () => this.#waiting--,
      onIdle: (queue) => this.#queues.delete(queue.key.lockId),
    });
  }

  get runtime(): Runtime {
    return this.#settings.runtime;
  }

  /** All keys with any activity in this process, by lock id. */
  get queues(): ReadonlyMap<string, KeyQueue> {
    return this.#queues;
  }

  /**
   * Ask for a key, or for one of `slots`, of which it is the collective name. Resolves with the
   * lock, or null where a try found it taken. Throws at once what needs no wait.
   */
  request(
    key: LockKey,
    options: RequestOptions,
    slots: readonly LockKey[] | null = null,
  ): Promise<OwnedLock | null> {
    this.#admit(key, options.signal);
    const queue = this.#queues.get(key.lockId) ?? this.#addQueue(key, slots);
    const request = new LockRequest(this.runtime, queue, options, (gone, error) =>
      this.#giveUp(gone, error),
    );
    if (options.mode === 'try' && mustWait(queue, options.shared)) {
      this.#machine.answerBusy(request);
    } else {
      queue.requests.push(request);
      this.#waiting++;
      this.#machine.pump(queue);
      this.#refuseDeadlock(request);
    }
    return request.result;
  }

  /** Refuse new requests, tell holders and waiters, give everything back, disconnect. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#machine.close();
    const closed = new AdvisoryLockError('closed', 'the lock service was closed');
    for (const queue of this.#queues.values()) this.#machine.failAll(queue, closed);
    this.#remote.stop();
    await Promise.all([this.sessions.close(), this.control.close()]);
    for (const queue of this.#queues.values()) queue.yieldTimer?.cancel();
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

  #addQueue(key: LockKey, slots: readonly LockKey[] | null): KeyQueue {
    const queue = newKeyQueue(key, slots);
    this.#queues.set(key.lockId, queue);
    return queue;
  }

  /** A wait that can never end is refused at once; the newest request of the circle is the one. */
  #refuseDeadlock(request: LockRequest): void {
    if (request.settled || request.frame === null) return;
    const cycle = findCycle(request);
    if (cycle !== null) this.#giveUp(request, deadlockError(cycle));
  }

  /** Time limit, the caller's signal or a deadlock: take exactly this request out. */
  #giveUp(request: LockRequest, error: AdvisoryLockError): void {
    const { queue } = request;
    const index = queue.requests.indexOf(request);
    if (index < 0) return;
    const remote = queue.remote;
    queue.requests.splice(index, 1);
    this.#waiting--;
    if (error.code === 'timeout' && remote) void this.#failNamingHolders(request, error);
    else if (error.code === 'timeout')
      this.#fail(request, timeoutNaming(error, describeLocalHolders(queue)));
    else this.#fail(request, error);
    this.#machine.requestLeft(queue, request);
  }

  #fail(request: LockRequest, error: AdvisoryLockError): void {
    request.fail(error);
    this.reports.failed(request, error);
  }

  async #failNamingHolders(request: LockRequest, error: AdvisoryLockError): Promise<void> {
    const late = new Promise<readonly RemoteHolder[]>((resolve) => {
      this.runtime.after(NAMING_MS, () => resolve([]), true);
    });
    const holders = await Promise.race([this.#readHolders(request.queue), late]).catch(() => []);
    this.#fail(request, timeoutNaming(error, describeRemoteHolders(holders)));
  }

  async #readHolders({ key, slots }: KeyQueue): Promise<readonly RemoteHolder[]> {
    const parts = (slots ?? [key]).map((each) => each.lockId.split(':'));
    const columns = [0, 1, 2].map((column) => parts.map((part) => part[column]));
    const rows = await this.control.query(HOLDERS_OF_STATEMENT, columns);
    return rows.map(([pid, name]) => ({
      pid: Number(pid),
      applicationName: typeof name === 'string' ? name : null,
    }));
  }

  async #readTableUse(): Promise<TableUse> {
    const [row] = await this.control.query(LOCK_TABLE_STATEMENT, [this.sessions.pids()]);
    return { others: Number(row?.[0]), capacity: Number(row?.[1]) };
  }

  #released(interest: ReadonlySet<string>): void {
    for (const queue of this.#queues.values())
      if (interest.has(queue.key.interestText)) this.#machine.wake(queue, true);
  }

  #sessionLost(session: Session, error: Error): void {
    const affected = [...this.#queues.values()].filter(
      (queue) =>
        queue.interestOn === session ||
        queue.intentOn === session ||
        [...queue.holds].some((hold) => hold.session === session),
    );
    for (const queue of affected) this.#machine.forgetSession(queue, session, error);
    for (const queue of affected) this.#machine.pump(queue);
  }

  #locksMissing(session: Session, lockIds: readonly string[], error: Error): void {
    const missing = new Set(lockIds);
    for (const queue of this.#queues.values())
      for (const hold of [...queue.holds])
        if (hold.session === session && missing.has(hold.key.lockId)) {
          this.#machine.loseHold(queue, hold, error);
          this.#machine.pump(queue);
        }
  }
}

/** Whether a request that comes now would have to wait, as far as this process knows. */
function mustWait(queue: KeyQueue, shared: boolean): boolean {
  if (queue.requests.length > 0 || queue.asking) return true;
  return isTaken(queue) && !(shared && sharedHold(queue) !== null);
}
