/** `GET /hook/status`: counts without any lock. */
import type { HookStatus } from '@headspace/contract';
import type { Pool } from 'pg';

/**
 * Received and duplicate come from the counters that the append statement keeps, pending and
 * parked from their own small indexes; what is neither is done. Cheap at any size of the inbox.
 */
const STATUS = `
select coalesce(sum(c.received), 0)::float8 as received,
  coalesce(sum(c.duplicate), 0)::float8 as duplicate,
  (select count(*)::int from hook_events where status = 'pending') as pending,
  (select count(*)::int from hook_events where status = 'parked') as parked,
  (select min(received_at) from hook_events where status = 'pending') as oldest,
  (select received_at from hook_events order by id desc limit 1) as last
from hook_counters c`;

interface StatusRow {
  received: number;
  duplicate: number;
  pending: number;
  parked: number;
  oldest: Date | null;
  last: Date | null;
}

export async function hookStatus(pool: Pool, now: number): Promise<HookStatus> {
  const { rows } = await pool.query<StatusRow>(STATUS);
  const [row] = rows;
  if (row === undefined) throw new Error('the status query gave no row');
  const { received, duplicate, pending, parked, oldest, last } = row;
  return {
    received,
    duplicate,
    pending,
    parked,
    applied: Math.max(0, received - duplicate - pending - parked),
    oldestUnapplied: oldest?.toISOString() ?? null,
    oldestUnappliedSeconds: oldest === null ? null : Math.max(0, (now - oldest.getTime()) / 1000),
    lastEventAt: last?.toISOString() ?? null,
  };
}
