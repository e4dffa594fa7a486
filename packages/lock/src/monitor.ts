/** Who holds what: from the server, with what this process knows of its own locks. */
import { toLockError } from './errors.ts';
import { keyFields, type KeyFields } from './events.ts';
import { holdersOf } from './queue/key-queue.ts';
import type { LockTable } from './queue/lock-table.ts';
import { ALL_HOLDERS_STATEMENT } from './session/statements.ts';

/** One advisory lock of this database, whoever holds it. */
export interface AdvisoryLockRow {
  readonly pid: number;
  readonly applicationName: string | null;
  readonly state: string | null;
  readonly queryStart: Date | null;
  /** Null for a 64-bit key. */
  readonly namespace: number | null;
  /** Null for a 64-bit key. */
  readonly entityId: number | null;
  /** Null for a two-integer key. */
  readonly key: bigint | null;
  readonly mode: string;
  readonly granted: boolean;
  /** The rest is null unless this process holds the lock. */
  readonly durationSeconds: number | null;
  readonly purpose: string | null;
  /** Callers of this process that wait for it. */
  readonly waiting: number | null;
}

export interface LocalHeld extends KeyFields {
  readonly purpose: string | null;
  readonly shared: boolean;
  readonly token: bigint;
  readonly heldMs: number;
  readonly waiters: number;
  readonly pid: number;
}

export interface LocalWaiting extends KeyFields {
  readonly purpose: string | null;
  readonly shared: boolean;
  readonly waitMs: number;
}

/** Locks of this process. */
export interface LocalLockState {
  readonly held: readonly LocalHeld[];
  readonly waiting: readonly LocalWaiting[];
  /** Backend pids of the lock sessions. */
  readonly pids: readonly number[];
}

/** Rows beyond this are left out; a server at default settings has room for about as many. */
const MOST_ROWS = 10_000;

/** Read all holders of this database. Throws AdvisoryLockError when the database does not answer. */
export async function readHolders(table: LockTable): Promise<readonly AdvisoryLockRow[]> {
  try {
    const rows = await table.control.query(ALL_HOLDERS_STATEMENT, [MOST_ROWS]);
    const own = new Set(table.sessions.pids());
    return rows.map((row) => toRow(row, table, own));
  } catch (error) {
    throw toLockError(error, 'cannot list advisory locks');
  }
}

export function readLocalState(table: LockTable): LocalLockState {
  const held: LocalHeld[] = [];
  const waiting: LocalWaiting[] = [];
  for (const queue of table.queues.values()) {
    const fields = keyFields(queue.key);
    const waiters = queue.requests.length;
    for (const { purpose, shared, token, heldMs, session } of holdersOf(queue))
      held.push({ ...fields, purpose, shared, token, heldMs, waiters, pid: session.pid });
    for (const { options, waitMs } of queue.requests)
      waiting.push({ ...fields, purpose: options.purpose, shared: options.shared, waitMs });
  }
  return { held, waiting, pids: table.sessions.pids() };
}

function toRow(
  row: readonly unknown[],
  table: LockTable,
  own: ReadonlySet<number>,
): AdvisoryLockRow {
  const [pid, applicationName, state, queryStart, classid, objid, objsubid, mode, granted] = row;
  const wide = Number(objsubid) === 1;
  const high = BigInt(String(classid));
  const low = BigInt(String(objid));
  const queue = own.has(Number(pid))
    ? table.queues.get(`${high}:${low}:${String(objsubid)}`)
    : undefined;
  const holder = queue === undefined ? null : (holdersOf(queue)[0] ?? null);
  return {
    pid: Number(pid),
    applicationName: textOrNull(applicationName),
    state: textOrNull(state),
    queryStart: queryStart instanceof Date ? queryStart : null,
    // pg_locks shows both halves unsigned.
    namespace: wide ? null : Number(BigInt.asIntN(32, high)),
    entityId: wide ? null : Number(BigInt.asIntN(32, low)),
    key: wide ? BigInt.asIntN(64, (high << 32n) | low) : null,
    mode: String(mode),
    granted: granted === true,
    durationSeconds: holder === null ? null : holder.heldMs / 1_000,
    purpose: holder?.purpose ?? null,
    waiting: holder === null ? null : (queue?.requests.length ?? 0),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
