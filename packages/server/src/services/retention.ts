/**
 * Deletes hook events, stream messages and finished prompts that are older than the settings keep
 * them, in small transactions, so that nobody waits for it.
 */
import type { Settings } from '@headspace/contract';
import type { Pool } from 'pg';
import type { AgentsContext } from '../features/agents/index.ts';
import { deleteOldPrompts } from '../features/prompts/index.ts';
import { intervalService, type IntervalService, type LoopOptions } from './runner/index.ts';

export interface RetentionOptions extends LoopOptions {
  readonly context: AgentsContext;
  /** Read anew in each round. */
  readonly settings: Pick<
    Settings,
    'hooks.retentionDays' | 'events.retentionDays' | 'prompts.retentionDays'
  >;
  readonly batchSize?: number;
}

/** A start has better things to do. */
const FIRST_DELAY_MS = 60_000;
const BATCH_SIZE = 1_000;

/** Events that wait or are parked stay, however old: a person decides about those. */
const DELETE_HOOK_EVENTS = `
delete from hook_events where ctid = any (array(
  select ctid from hook_events
  where received_at < now() - make_interval(secs => $1) and status in ('applied', 'recorded')
  limit $2))`;

/**
 * In order of position, so that what is kept has no hole; never the newest, which tells the next
 * position. A cursor before what is kept is answered with a reset.
 */
const DELETE_STREAM = `
delete from stream where ctid = any (array(
  select ctid from stream
  where position <= (select max(position) from stream
      where created_at < now() - make_interval(secs => $1))
    and position < (select max(position) from stream)
  order by position limit $2))`;

const DAY_SECONDS = 24 * 60 * 60;

export function retention(options: RetentionOptions): IntervalService {
  const { context, settings, logger, batchSize = BATCH_SIZE } = options;
  const { pool } = context;
  return intervalService({
    ...options,
    name: 'retention',
    firstDelayMs: FIRST_DELAY_MS,
    async tick(signal) {
      const hookDays = settings['hooks.retentionDays'];
      const eventDays = settings['events.retentionDays'];
      const part = { pool, batchSize, signal };
      const hookEvents = await deleteOld(part, DELETE_HOOK_EVENTS, hookDays);
      const messages = await deleteOld(part, DELETE_STREAM, eventDays);
      const olderThanDays = settings['prompts.retentionDays'];
      const prompts = await deleteOldPrompts(context, { olderThanDays, batchSize, signal });
      if (hookEvents + messages + prompts > 0) {
        logger.info(
          { hookEvents, messages, prompts },
          'deleted what is older than the settings keep',
        );
      }
    },
  });
}

/** Deletes in batches until nothing is left or the service stops; returns the number of rows. */
async function deleteOld(
  { pool, batchSize, signal }: { pool: Pool; batchSize: number; signal: AbortSignal },
  statement: string,
  days: number,
): Promise<number> {
  let total = 0;
  while (!signal.aborted) {
    const { rowCount } = await pool.query(statement, [days * DAY_SECONDS, batchSize]);
    total += rowCount ?? 0;
    if ((rowCount ?? 0) < batchSize) break;
  }
  return total;
}
