/**
 * What is known of a run afterwards: what each worker did and when, what was done to it, and what
 * the database accepted. Times are of one clock of the machine (CLOCK_MONOTONIC), in milliseconds.
 */

export const FAULTS = ['kill', 'pause', 'silence', 'block', 'terminate', 'crash'] as const;

/**
 * - `kill`       kill -9 of a worker
 * - `pause`      SIGSTOP for longer than the lease, then SIGCONT
 * - `silence`    the link to PostgreSQL stays open and carries nothing more
 * - `block`      the worker's event loop is busy for longer than the lease
 * - `terminate`  pg_terminate_backend of all lock sessions
 * - `crash`      PostgreSQL is stopped at once and started again
 */
export type Fault = (typeof FAULTS)[number];

/** Faults in which only the lease ends a lock: nothing closes the holder's connection. */
export const LEASE_FAULTS: ReadonlySet<Fault> = new Set(['pause', 'silence', 'block']);

/** One line of a worker. `holder` names one grant: worker, process and number. */
export type WorkerEvent =
  | { kind: 'granted'; at: number; holder: string; key: number; token: number }
  /** `assertHeld()` did not throw, at this moment. */
  | { kind: 'asserted'; at: number; holder: string }
  /** The holder's signal fired. */
  | { kind: 'told'; at: number; holder: string }
  /** Its fenced transaction was committed, and it heard so. */
  | { kind: 'written'; at: number; holder: string }
  | { kind: 'releasing'; at: number; holder: string };

/** What else a worker tells. */
export type WorkerNote =
  /** A plain write was made, so that the plain counter can be compared. */
  | { kind: 'plain'; key: number }
  /** Its locks had to open a new session. */
  | { kind: 'session lost' };

/** A fenced write as the database has it, in the order in which it was accepted. */
export interface AcceptedWrite {
  readonly key: number;
  readonly token: number;
  readonly holder: string;
}

export interface History {
  readonly faults: readonly Fault[];
  readonly events: readonly WorkerEvent[];
  readonly writes: readonly AcceptedWrite[];
  /** By key: read, changed and written in fenced transactions. */
  readonly fenced: ReadonlyMap<number, number>;
  /** By key: read, changed and written under the lock and without any other protection. */
  readonly plain: ReadonlyMap<number, number>;
  /** Plain writes that the workers know to have been made, by key. */
  readonly plainWritten: ReadonlyMap<number, number>;
  /** Sessions that locks have lost, and processes that were killed: the effect of the faults. */
  readonly hits: number;
}

/** Of the machine, comparable between processes. */
export const nowMs = (): number => Number(process.hrtime.bigint()) / 1e6;
