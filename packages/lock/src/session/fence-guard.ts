/**
 * A check of the fencing token for the user's own transaction, for data that has no column of its
 * own to keep the token in. It compares and advances one row per lock: an older holder is refused, an
 * open transaction of an older holder is waited for, and nobody newer can pass before our commit.
 */
import { AdvisoryLockError, messageOf, sqlState } from '../errors.ts';
import { describeKey, pairKey, wideKey } from '../keys.ts';
import type { HeldLock } from '../queue/held-lock.ts';
import { fenceSequenceName } from './fence.ts';

const DEFAULT_NAME = 'advisory_lock_guard';
/** SQLSTATE of the refusal. */
const REFUSED = 'HL001';

/** What guardFence needs: a client of `pg` inside of a transaction, or anything of this form. */
export interface Queryable {
  query(text: string, values: unknown[]): Promise<unknown>;
}

/** SQL that creates the table and the function of this name, for a migration. Throws RangeError. */
export function fenceGuardSql(name: string = DEFAULT_NAME): string {
  const quoted = fenceSequenceName(name);
  return `create table if not exists ${quoted} (
  lock_id text primary key,
  token bigint not null
);
create or replace function ${quoted}(p_lock_id text, p_token bigint) returns void
language plpgsql as $guard$
begin
  insert into ${quoted} as g (lock_id, token) values (p_lock_id, p_token)
    on conflict (lock_id) do update set token = excluded.token where g.token <= excluded.token;
  if not found then
    raise exception 'lock %: a newer holder was here before token %', p_lock_id, p_token
      using errcode = '${REFUSED}';
  end if;
end
$guard$;
`;
}

/**
 * Refuse this transaction unless no newer holder of the lock has been here. Call it after `begin`,
 * before the first write. Throws AdvisoryLockError `fenced`; what else the database says unchanged.
 */
export async function guardFence(
  client: Queryable,
  lock: Pick<HeldLock, 'namespace' | 'id' | 'key' | 'token'>,
  name: string = DEFAULT_NAME,
): Promise<void> {
  const { namespace, id, token } = lock;
  const key = lock.key === null ? pairKey(namespace ?? 0, id ?? 0) : wideKey(lock.key);
  try {
    await client.query(`select ${fenceSequenceName(name)}($1, $2)`, [key.lockId, String(token)]);
  } catch (error) {
    if (sqlState(error) !== REFUSED) throw error;
    throw new AdvisoryLockError('fenced', `lock ${describeKey(key)}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}
