/** What the statements of statements.ts do, row by row, on the model. */
import {
  GIVE_BACK_STATEMENT,
  HOLDERS_OF_STATEMENT,
  HOLDINGS_STATEMENT,
  LOCK_TABLE_STATEMENT,
} from '../../src/session/statements.ts';
import type { ModelLocks } from './model-locks.ts';

export type Notify = string;

export interface ModelStatement {
  readonly pid: number;
  readonly text: string;
  readonly values: readonly unknown[];
  readonly name: string | undefined;
  /** Rows after which the statement fails; what was locked stays. */
  readonly failAfter: number;
}

interface Effects {
  readonly nextval: () => bigint;
  readonly notify: (payload: Notify) => void;
}

/** In the place of the token that is to come. */
const GRANTED = 'granted';

interface Row {
  readonly lockId: string;
  readonly interest: string;
  readonly interestText: string;
  readonly intent: string;
  readonly kind: number;
  readonly flags: readonly boolean[];
}

/** Rows, or the error that the client gets. */
export function runStatement(
  locks: ModelLocks,
  statement: ModelStatement,
  effects: Effects,
): unknown[][] | Error {
  const { pid, text, values, name } = statement;
  switch (name) {
    case 'advisory_lock_acquire':
      return withToken(
        eachRow(statement, rowsOf(values), (row, n) => acquire(locks, pid, row, n)),
        effects,
      );
    case 'advisory_lock_acquire_pair':
    case 'advisory_lock_acquire_wide': {
      const row = oneRow(name, values, '0', [false, false, false]);
      const rows = eachRow(statement, [row], (each, n) => acquire(locks, pid, each, n));
      return onlyColumns(withToken(rows, effects), [2, 3]);
    }
    case 'advisory_lock_claim':
      return claim(locks, statement, effects);
    case 'advisory_lock_release':
    case 'advisory_lock_release_alone': {
      const rows = rowsOf(values);
      const notify = name === 'advisory_lock_release_alone';
      return eachRow(statement, rows, (row, n) => release(locks, pid, row, n, effects, notify));
    }
    case 'advisory_lock_release_pair':
    case 'advisory_lock_release_wide':
    case 'advisory_lock_release_pair_hide':
    case 'advisory_lock_release_wide_hide': {
      const hide = name.endsWith('_hide');
      const row = oneRow(name, values, String(values.at(-1)), [hide, false, true]);
      const run = (each: Row, n: number) => release(locks, pid, each, n, effects, true);
      return onlyColumns(eachRow(statement, [row], run), [1, 2, 4, 5]);
    }
    case 'advisory_lock_acquire_pairs':
    case 'advisory_lock_acquire_wides': {
      const run = (row: Row, n: number) => acquire(locks, pid, row, n);
      const rows = eachRow(statement, plainRows(name, values), run);
      return inLetters(rows, pid, (row) => (row[2] === GRANTED ? 'y' : 'n'), effects);
    }
    case 'advisory_lock_release_pairs':
    case 'advisory_lock_release_wides': {
      const run = (row: Row, n: number) => release(locks, pid, row, n, effects, false);
      const rows = eachRow(statement, plainRows(name, values), run);
      return inLetters(rows, pid, ([, unlocked, , , wanted]) =>
        unlocked === false ? 'n' : wanted === true ? 'w' : 'y',
      );
    }
    case 'advisory_lock_heartbeat':
      return [[pid]];
    case 'advisory_lock_notify':
      effects.notify(String(values[1]));
      return [[null]];
    default:
      return runPlain(locks, pid, text, values);
  }
}

function runPlain(
  locks: ModelLocks,
  pid: number,
  text: string,
  values: readonly unknown[],
): unknown[][] {
  switch (text) {
    case HOLDINGS_STATEMENT:
      return locks
        .holdings(pid)
        .map(({ lockId, shared }) => [
          ...lockId.split(':'),
          shared ? 'ShareLock' : 'ExclusiveLock',
        ]);
    case GIVE_BACK_STATEMENT: {
      const [high, low, subspace, shared] = values as [string[], string[], number[], boolean[]];
      return high.map((each, n) => [
        locks.unlock(pid, `${each}:${low[n]}:${subspace[n]}`, shared[n] === true),
      ]);
    }
    case 'select pg_advisory_unlock_all()':
      locks.releaseAll(pid);
      return [[null]];
    case HOLDERS_OF_STATEMENT:
      return [[pid, 'model', 'ExclusiveLock']];
    case LOCK_TABLE_STATEMENT:
      return [[0, 6_400]];
    default:
      throw new Error(`the model does not know: ${text}`);
  }
}

function acquire(locks: ModelLocks, pid: number, row: Row, n: number): unknown[] {
  const [show = false, defer = false, intend = false] = row.flags;
  const shown = show && locks.tryLock(pid, row.interest, true);
  const take = (): boolean => row.kind === 0 || locks.tryLock(pid, row.lockId, row.kind === 2);
  const heldShared = (): boolean =>
    locks.tryLock(pid, row.lockId, true) && locks.unlock(pid, row.lockId, true);
  let answer: bigint | typeof GRANTED | null = null;
  if (row.kind !== 1 && defer && locks.othersHave(pid, row.intent)) answer = 0n;
  else if (take()) answer = GRANTED;
  else if (row.kind === 1 && intend && heldShared() && locks.tryLock(pid, row.intent, true))
    answer = -1n;
  return [n, shown, answer, pid];
}

/** One token for all that were granted, taken after the last of them. */
function withToken(rows: unknown[][] | Error, { nextval }: Effects): unknown[][] | Error {
  if (rows instanceof Error || rows.every((row) => row[2] !== GRANTED)) return rows;
  const token = nextval();
  return rows.map((row) => row.with(2, row[2] === GRANTED ? token : row[2]));
}

/** One row: a letter for each key, the token of the batch where `effects` can give one, pid. */
function inLetters(
  rows: unknown[][] | Error,
  pid: number,
  letter: (row: readonly unknown[]) => string,
  effects?: Effects,
): unknown[][] | Error {
  if (rows instanceof Error) return rows;
  const letters = rows.map(letter).join('');
  if (effects === undefined) return [[letters, pid]];
  return [[letters, letters.includes('y') ? effects.nextval() : null, pid]];
}

function onlyColumns(rows: unknown[][] | Error, columns: readonly number[]): unknown[][] | Error {
  return rows instanceof Error ? rows : rows.map((row) => columns.map((column) => row[column]));
}

function claim(locks: ModelLocks, { pid, values }: ModelStatement, { nextval }: Effects) {
  const [list, show, interest] = values as [string, string, string];
  const keys = list.slice(1, -1).split(',');
  const shown = show === 'true' && locks.tryLock(pid, wideId(interest), true);
  const rows: unknown[][] = [[0, false, shown, null, pid]];
  for (const [index, key] of keys.entries()) {
    const taken = locks.tryLock(pid, wideId(key), false);
    rows.push([index + 1, taken, shown, taken ? nextval() : null, pid]);
    if (taken) break;
  }
  return rows;
}

function release(
  locks: ModelLocks,
  pid: number,
  row: Row,
  n: number,
  { notify }: Effects,
  inline: boolean,
): unknown[] {
  const [hide = false, hideIntent = false, look = false] = row.flags;
  const unlocked = row.kind === 0 ? null : locks.unlock(pid, row.lockId, row.kind === 2);
  const hidden = hide ? locks.unlock(pid, row.interest, true) : null;
  const intentHidden = hideIntent ? locks.unlock(pid, row.intent, true) : null;
  const wanted = look && locks.othersHave(pid, row.interest);
  if (wanted && inline) notify(row.interestText);
  return [n, unlocked, hidden, intentHidden, wanted, pid];
}

function eachRow(
  { failAfter }: ModelStatement,
  rows: readonly Row[],
  run: (row: Row, n: number) => unknown[],
): unknown[][] | Error {
  const answers: unknown[][] = [];
  for (const [index, row] of rows.entries()) {
    if (index >= failAfter) return failure();
    answers.push(run(row, index + 1));
  }
  return failAfter <= rows.length ? failure() : answers;
}

function failure(): Error {
  return Object.assign(new Error('canceling statement due to user request'), { code: '57014' });
}

function rowsOf(values: readonly unknown[]): Row[] {
  const columns = values.map((literal) => String(literal).slice(1, -1).split(','));
  const [ns = [], ids = [], wide = [], interest = [], intent = [], kinds = [], ...flags] = columns;
  return interest.map((each, n) => {
    const key = wide[n] ?? 'null';
    return {
      lockId: key === 'null' ? pairId(Number(ns[n]), Number(ids[n])) : wideId(key),
      interest: wideId(each),
      interestText: each,
      intent: wideId(intent[n] ?? '0'),
      kind: Number(kinds[n]),
      flags: flags.map((column) => column[n] === 'true'),
    };
  });
}

/** Rows of a plain batch: the key columns, and for a release the interest keys. */
function plainRows(name: string, values: readonly unknown[]): Row[] {
  const columns = values.map((literal) => String(literal).slice(1, -1).split(','));
  const width = name.endsWith('_pairs') ? 2 : 1;
  return (columns[0] ?? []).map((_, n) => {
    const key = columns.slice(0, width).map((column) => column[n]);
    const interest = columns[width]?.[n];
    const flags = [false, false, interest !== undefined];
    return oneRow(width === 2 ? '_pair' : '_wide', key, interest ?? '0', flags);
  });
}

function oneRow(
  name: string,
  values: readonly unknown[],
  interest: string,
  flags: readonly boolean[],
): Row {
  const lockId = name.includes('_pair')
    ? pairId(Number(values[0]), Number(values[1]))
    : wideId(String(values[0]));
  const shownAs = wideId(interest);
  return { lockId, interest: shownAs, interestText: interest, intent: shownAs, kind: 1, flags };
}

const pairId = (ns: number, id: number): string => `${ns >>> 0}:${id >>> 0}:2`;

function wideId(key: string): string {
  const bits = BigInt(key);
  return `${BigInt.asUintN(32, bits >> 32n)}:${BigInt.asUintN(32, bits)}:1`;
}
