/**
 * The statements of a lock session. Lock functions stand in the target list over a plain unnest,
 * where each runs once per row; in WHERE or under LIMIT the planner may call them more or fewer
 * times. Each row ends with the backend pid: another one than ours means that a pooler mixes sessions.
 *
 * A look at who shows interest takes the lock and gives it back in one expression, so that it is
 * held for microseconds and not to the end of the statement.
 */
import { RESERVED_PREFIX, type LockKey, type LockMode } from '../keys.ts';
import type { Statement } from './text-statement.ts';

/** What to do with the lock itself, as a number in a batch. */
export const KIND = { none: 0, exclusive: 1, shared: 2 } as const;

export function kindOf(mode: LockMode): number {
  return KIND[mode];
}

/** Answers of the acquire statement that are no tokens: the sequence starts far above. */
export const DEFERRED = 0n;
export const REFUSED_WITH_INTENT = -1n;
/** In the statement only, in the place of the token that is to come. */
const GRANTED = 1;

/** Where releases are announced; the payload is interest keys with commas. */
export const CHANNEL = 'advisory_lock_released';

export const NOTIFY: Statement = {
  name: 'advisory_lock_notify',
  text: 'select pg_notify($1, $2)',
};

const KEYS = 'unnest($1::int4[], $2::int4[], $3::int8[], $4::int8[]';

/** True when no other session has `key` in any mode. */
const nobodyHas = (key: string): string =>
  `case when pg_try_advisory_lock(${key}) then pg_advisory_unlock(${key}) else false end`;

/**
 * Rows: [position, shown, token, pid]. Interest is shown before the try, so that a release after a
 * failed try finds it. One token serves the whole batch, as tokens are compared per key only; it is
 * taken after the last grant (the count reads every row first), so it orders the holders. It is null
 * when someone else has the key, DEFERRED when a shared request stands back for a waiting exclusive
 * one, and REFUSED_WITH_INTENT when an exclusive one was refused by shared holders and now says so.
 * A request of kind none gets a token without a lock: a look whether an exclusive request waits.
 */
export function acquireStatement(quotedSequence: string): Statement {
  const token = `select nextval('${quotedSequence}'::regclass) from (select count(*) from asked) c`;
  const tryLock =
    'case when kind = 1 then' +
    ' case when k is null then pg_try_advisory_lock(ns, id) else pg_try_advisory_lock(k) end' +
    ' when kind = 2 then case when k is null then pg_try_advisory_lock_shared(ns, id)' +
    ' else pg_try_advisory_lock_shared(k) end else true end';
  const heldShared =
    'case when k is null then case when pg_try_advisory_lock_shared(ns, id)' +
    ' then pg_advisory_unlock_shared(ns, id) else false end' +
    ' else case when pg_try_advisory_lock_shared(k) then pg_advisory_unlock_shared(k)' +
    ' else false end end';
  const text =
    'with asked as materialized (' +
    'select n, case when show then pg_try_advisory_lock_shared(interest) else false end as shown,' +
    ` case when kind <> 1 and defer and not (${nobodyHas('intent')}) then ${DEFERRED}` +
    ` when ${tryLock} then ${GRANTED}` +
    ` when kind = 1 and intend and ${heldShared} and pg_try_advisory_lock_shared(intent)` +
    ` then ${REFUSED_WITH_INTENT} end as answer` +
    ` from ${KEYS}, $5::int8[], $6::int4[], $7::bool[], $8::bool[], $9::bool[]) with ordinality` +
    ' as r(ns, id, k, interest, intent, kind, show, defer, intend, n))' +
    ` select n, shown, case when answer = ${GRANTED} then (${token}) else answer end,` +
    ' pg_backend_pid() from asked';
  return { name: 'advisory_lock_acquire', text };
}

/**
 * Take the first free one of several 64-bit keys. Rows: [position, taken, shown, token, pid], one
 * for each key that was looked at; only the last row can be taken. A recursive query evaluates its
 * target list once per step, in order.
 */
export function claimStatement(quotedSequence: string): Statement {
  const text =
    'with recursive claim(n, taken, shown) as (' +
    ' select 0, false, case when $2::bool then pg_try_advisory_lock_shared($3::int8) else false end' +
    ' union all select n + 1, pg_try_advisory_lock(($1::int8[])[n + 1]), shown from claim' +
    ' where not taken and n < cardinality($1::int8[]))' +
    ` select n, taken, shown, case when taken then nextval('${quotedSequence}'::regclass) end,` +
    ' pg_backend_pid() from claim';
  return { name: 'advisory_lock_claim', text };
}

const unlock =
  'case when kind = 1 then case when k is null then pg_advisory_unlock(ns, id)' +
  ' else pg_advisory_unlock(k) end' +
  ' when kind = 2 then case when k is null then pg_advisory_unlock_shared(ns, id)' +
  ' else pg_advisory_unlock_shared(k) end end';

/** Whether another session shows interest; with `notify` it is told at once. */
export const wanted = (interest: string, notify: boolean): string => {
  const yes = notify ? `pg_notify('${CHANNEL}', (${interest})::text)::text is not null` : 'true';
  return `case when ${nobodyHas(interest)} then false else ${yes} end`;
};

const release = (notify: boolean): string =>
  `select n, ${unlock},` +
  ' case when hide then pg_advisory_unlock_shared(interest) end,' +
  ' case when hide_intent then pg_advisory_unlock_shared(intent) end,' +
  ` case when look then ${wanted('interest', notify)} else false end,` +
  ` pg_backend_pid() from ${KEYS}, $5::int8[], $6::int4[], $7::bool[], $8::bool[], $9::bool[])` +
  ' with ordinality as r(ns, id, k, interest, intent, kind, hide, hide_intent, look, n)';

/**
 * Rows: [position, unlocked or null, hidden or null, intent hidden or null, wanted, pid]. `wanted`
 * tells that another session shows interest. It comes after the unlock, else a waiter could be missed.
 */
export const RELEASE_STATEMENT: Statement = {
  name: 'advisory_lock_release',
  text: release(false),
};

/**
 * The same for one release that travels alone: it notifies by itself, which spares a waiter two
 * steps. Not for a batch: a commit with NOTIFY waits for a lock that all databases share.
 */
export const RELEASE_AND_NOTIFY_STATEMENT: Statement = {
  name: 'advisory_lock_release_alone',
  text: release(true),
};

/** Anything that is answered. Rows: [pid]. */
export const HEARTBEAT_STATEMENT: Statement = {
  name: 'advisory_lock_heartbeat',
  text: 'select pg_backend_pid()',
};

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

/** Everyone's advisory locks of this database, interest and intent locks left out. */
export const ALL_HOLDERS_STATEMENT =
  'select l.pid, a.application_name as "applicationName", a.state, a.query_start as "queryStart",' +
  ' l.classid::int8 as classid, l.objid::int8 as objid, l.objsubid, l.mode, l.granted' +
  ' from pg_locks l left join pg_stat_activity a on a.pid = l.pid' +
  " where l.locktype = 'advisory'" +
  ' and l.database = (select oid from pg_database where datname = current_database())' +
  ` and not (l.objsubid = 1 and (l.classid::int8 >> 17) = ${RESERVED_PREFIX >>> 1})` +
  ' order by l.objsubid desc, l.classid, l.objid, l.granted desc, l.pid limit $1';

/** Who holds these locks. Parameters: unsigned classid, objid, objsubid. Rows: [pid, name, mode]. */
export const HOLDERS_OF_STATEMENT =
  'select l.pid, a.application_name, l.mode from pg_locks l' +
  ' left join pg_stat_activity a on a.pid = l.pid' +
  " where l.locktype = 'advisory' and l.granted" +
  ' and l.database = (select oid from pg_database where datname = current_database())' +
  ' and (l.classid::int8, l.objid::int8, l.objsubid) in' +
  ' (select * from unnest($1::int8[], $2::int8[], $3::int2[])) order by l.pid limit 8';

/**
 * Entries of the shared lock table that sessions other than these (pids) use, and its size at least.
 * Rows: [others, capacity].
 */
export const LOCK_TABLE_STATEMENT =
  "select (select count(*) from pg_locks where not fastpath and locktype <> 'virtualxid'" +
  ' and pid <> all($1::int4[]))::int8,' +
  " current_setting('max_locks_per_transaction')::int8 *" +
  " (current_setting('max_connections')::int8 + current_setting('max_prepared_transactions')::int8)";

/** The key columns of a batch, in the order of KEYS and the intent key. */
export function keyColumns(keys: readonly LockKey[]): string[] {
  return [
    column(keys, (key) => key.namespace),
    column(keys, (key) => key.id),
    column(keys, (key) => key.wideText),
    column(keys, (key) => key.interestText),
    column(keys, intentOf),
  ];
}

/** An array in PostgreSQL's own form; the driver would look for quotes in every number. */
export function column<Item>(
  items: readonly Item[],
  valueOf: (item: Item) => number | bigint | boolean | string | null,
): string {
  let text = '';
  for (const item of items) text += `${text === '' ? '{' : ','}${valueOf(item)}`;
  return text === '' ? '{}' : `${text}}`;
}

/** The intent key differs from the interest key in the lowest bit of the reserved prefix. */
export function intentOf(key: LockKey): bigint {
  return key.interest ^ (1n << 48n);
}
