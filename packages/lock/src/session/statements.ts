/**
 * The statements of a lock session. Lock functions stand in the target list over a plain unnest,
 * where each runs once per row; in WHERE or under LIMIT the planner may call them more or fewer
 * times. Each row ends with the backend pid: another one than ours means that a pooler mixes sessions.
 */
import { INTEREST_PREFIX, type LockKey } from '../keys.ts';

const INPUT = 'unnest($1::int4[], $2::int4[], $3::int8[], $4::int8[]';

/**
 * Rows: [position, shown, token or null, pid]. Interest is shown before the try, so that a release
 * after a failed try finds it. The token is taken after the grant, so it orders the holders.
 */
export function acquireStatement(quotedSequence: string): string {
  const tryLock =
    'case when k is null then pg_try_advisory_lock(ns, id) else pg_try_advisory_lock(k) end';
  const token = `case when ${tryLock} then nextval('${quotedSequence}'::regclass) end`;
  return (
    'select n, case when show then pg_try_advisory_lock_shared(interest) else false end,' +
    ` ${token}, pg_backend_pid()` +
    ` from ${INPUT}, $5::bool[]) with ordinality as r(ns, id, k, interest, show, n)`
  );
}

/**
 * Rows: [position, unlocked or null, hidden or null, wanted, pid]. `wanted` tells that another session shows
 * interest: the exclusive try fails then. It comes after the unlock, else a waiter could be missed.
 */
export const RELEASE_STATEMENT =
  'select n,' +
  ' case when unlock then' +
  '  case when k is null then pg_advisory_unlock(ns, id) else pg_advisory_unlock(k) end end,' +
  ' case when hide then pg_advisory_unlock_shared(interest) end,' +
  ' case when unlock then not pg_try_advisory_xact_lock(interest) else false end,' +
  ' pg_backend_pid()' +
  ` from ${INPUT}, $5::bool[], $6::bool[]) with ordinality` +
  ' as r(ns, id, k, interest, unlock, hide, n)';

/** Anything that is answered. Rows: [pid]. */
export const HEARTBEAT_STATEMENT = 'select pg_backend_pid()';

/** What this session holds, from the server itself. Rows: [classid, objid, objsubid, mode]. */
export const HOLDINGS_STATEMENT =
  'select classid::int8, objid::int8, objsubid, mode from pg_locks' +
  " where locktype = 'advisory' and pid = pg_backend_pid() and granted" +
  ' and database = (select oid from pg_database where datname = current_database())';

/** Unlock rows of HOLDINGS_STATEMENT: unsigned classid and objid, objsubid, shared or not. */
export const GIVE_BACK_STATEMENT =
  'select case' +
  ' when sub = 2 and shared then pg_advisory_unlock_shared(hi::bit(32)::int4, lo::bit(32)::int4)' +
  ' when sub = 2 then pg_advisory_unlock(hi::bit(32)::int4, lo::bit(32)::int4)' +
  ' when shared then pg_advisory_unlock_shared((hi << 32) | lo)' +
  ' else pg_advisory_unlock((hi << 32) | lo) end' +
  ' from unnest($1::int8[], $2::int8[], $3::int4[], $4::bool[]) as r(hi, lo, sub, shared)';

/** Everyone's advisory locks of this database, interest locks left out. */
export const ALL_HOLDERS_STATEMENT =
  'select l.pid, a.application_name as "applicationName", a.state, a.query_start as "queryStart",' +
  ' l.classid::int8 as classid, l.objid::int8 as objid, l.objsubid, l.mode, l.granted' +
  ' from pg_locks l left join pg_stat_activity a on a.pid = l.pid' +
  " where l.locktype = 'advisory'" +
  ' and l.database = (select oid from pg_database where datname = current_database())' +
  ` and not (l.objsubid = 1 and (l.classid::int8 >> 16) = ${INTEREST_PREFIX})` +
  ' order by l.objsubid desc, l.classid, l.objid, l.granted desc, l.pid limit $1';

/** The key columns of a batch, in the order of INPUT. */
export function keyColumns(keys: readonly LockKey[]): unknown[] {
  return [
    keys.map((key) => key.namespace),
    keys.map((key) => key.id),
    keys.map((key) => (key.wide === null ? null : String(key.wide))),
    keys.map((key) => String(key.interest)),
  ];
}
