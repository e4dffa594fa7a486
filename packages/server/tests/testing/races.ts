/** What the tests of races share: worlds in which nothing happens unless the test makes it happen. */
import { pino } from 'pino';
import { deferredStopJob } from '../../src/features/deferred-stop/index.ts';
import { type HookWorld, openHookWorld } from './hook-world.ts';

const NEVER = 86_400_000;

/** Two servers whose loops make their first round and then rest. */
export function openQuietWorld(): Promise<HookWorld> {
  return openHookWorld({
    servers: 2,
    settings: {
      'agentReaper.intervalMs': NEVER,
      'sessionFiles.intervalMs': NEVER,
      'transcriptReconciler.intervalMs': NEVER,
      'hookSweep.intervalMs': NEVER,
      'jobs.intervalMs': NEVER,
      'jobRescue.intervalMs': NEVER,
    },
  });
}

/** Runs what waits as deferred stop of the newest command, on this server, now. */
export async function runDeferredStop(world: HookWorld, server: number): Promise<void> {
  const context = world.servers[server]?.context;
  if (context === undefined) throw new Error('no such server');
  const { rows } = await world.pool.query<{ agentId: number; commandId: number }>(
    `select agent_id as "agentId", id::float8 as "commandId" from commands
     where output = 'pending' order by id desc limit 1`,
  );
  const job = deferredStopJob({
    context: { pool: context.pool, locks: context.locks, announce: () => context.events.nudge() },
    now: Date.now,
    deadlineMs: NEVER,
  });
  const signal = new AbortController().signal;
  const log = pino({ level: 'silent' });
  await job.run({ ...rows[0], waitedMs: 0 }, { signal, attempt: 1, log });
}

/** Agents and commands in the words that matter in a race. */
export async function outcomes({ pool }: Pick<HookWorld, 'pool'>): Promise<unknown[]> {
  const { rows } = await pool.query<{ ended: string | null; commands: unknown[] }>(
    `select a.ended_reason as ended,
       (select coalesce(json_agg(json_build_array(c.prompt, c.state, c.outcome, c.output)
         order by c.id), '[]') from commands c where c.agent_id = a.id) as commands
     from agents a order by a.id`,
  );
  return rows;
}

/** Whether the event of this kind has been applied. */
export async function isApplied(
  { pool }: Pick<HookWorld, 'pool'>,
  event: string,
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `select from hook_events where event = $1 and status <> 'pending'`,
    [event],
  );
  return (rowCount ?? 0) > 0;
}
