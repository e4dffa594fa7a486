/** A second pair of hands at a handoff: its job, run by the test in place of a worker. */
import type { TestServer } from '@headspace/testkit/server';
import { pino } from 'pino';
import type { Pool } from 'pg';
import { composeHandoffs } from '../../src/compose/handoffs.ts';
import { composeLaunches } from '../../src/compose/launches.ts';
import { personasContext } from '../../src/compose/personas.ts';
import { handoffJob } from '../../src/features/handoff/index.ts';
import { createTmux } from '../../src/platform/tmux/index.ts';

/** Runs one look at this handoff as a worker of this server does; gives the mark for the next one. */
export function handsOf({ context }: TestServer): (id: number, mark?: string) => Promise<string> {
  const { pool, locks, events } = context;
  const agents = { pool, locks, announce: () => events.nudge() };
  const personas = personasContext(context, agents, () => undefined);
  const tmux = createTmux({ timeoutMs: 5_000 });
  const launches = composeLaunches(context, agents, { tmux, personas });
  const job = handoffJob(composeHandoffs(context, agents, launches, () => undefined));
  const work = {
    signal: new AbortController().signal,
    attempt: 1,
    log: pino({ level: 'silent' }),
  };
  return async (handoffId, mark) => {
    const next = await job.run({ handoffId, mark: mark ?? null }, work);
    const payload = next?.again.payload as { mark: string | null } | undefined;
    return payload?.mark ?? '';
  };
}

/** From now on nobody moves handoffs on but the test. */
export async function dismissWorkers(pool: Pool): Promise<void> {
  await pool.query(`delete from graphile_worker._private_jobs where key like 'handoff %'`);
}
