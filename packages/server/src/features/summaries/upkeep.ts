/** What rounds do beside the work itself: dead workers, budgets with room again, old rows. */
import type { Pool } from 'pg';
import { MOST_ATTEMPTS } from '../../domain/summary-retry.ts';
import type { DailyLimits } from './claim.ts';

const BATCH = 100;
/** Released at a time: where only a few have room, the others are not taken up for nothing. */
const RELEASED = 20;

/**
 * Claims whose lease has run out go back into the queue. What their call took stays counted as it was
 * reserved: it may have been made. Returns how many.
 */
export async function takeOverExpired(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'take-over-summaries',
    text: `
      with expired as (
        select id, token from summaries where state = 'claimed' and lease_until < now()
        order by id limit ${BATCH} for update skip locked
      ),
      lost as (
        update inference_calls c set outcome = 'lost',
          error = 'its worker stopped before the answer was written'
        from expired where c.token = expired.token and c.outcome = 'started'
      )
      update summaries s set token = null, lease_until = null, due_at = now(), failure = 'lost',
        state = case when s.attempts >= ${MOST_ATTEMPTS} then 'failed' else 'queued' end,
        error = 'its worker stopped before the answer was written'
      from expired where s.id = expired.id`,
  });
  return rowCount ?? 0;
}

/** Those that fit into the present day's budget as it is now. Returns how many. */
export async function releaseWaiting(pool: Pool, limits: DailyLimits): Promise<number> {
  const { rowCount } = await pool.query({
    name: 'release-waiting-summaries',
    text: `
      update summaries set state = 'queued', due_at = now() where id = any (array(
        select s.id from summaries s
        where s.state = 'waiting-for-budget' and ($1::float8 = 0 or s.estimate <= $1)
          and not exists (
            select from inference_budgets b
            where b.scope = coalesce(s.project_id, 0) and b.day = (now() at time zone 'utc')::date
              and (($1 > 0 and b.tokens + s.estimate > $1) or ($2::float8 > 0 and b.usd >= $2)))
        order by s.id limit ${RELEASED} for update of s skip locked))`,
    values: [limits.tokens, limits.usd],
  });
  return rowCount ?? 0;
}

/** A person has changed the provider, its key, its address or its model. */
export async function forgetPauses(pool: Pool): Promise<void> {
  await pool.query('delete from inference_pauses');
}

/** All that failed are tried anew. Returns how many. */
export async function retryFailed(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query(
    `update summaries set state = 'queued', due_at = now(), attempts = 0, failure = null
     where id = any (array(select id from summaries where state = 'failed' for update skip locked))`,
  );
  return rowCount ?? 0;
}
