/**
 * kill -9 of the server at random moments under hook load: every hook that was answered 2xx is
 * applied exactly once after the restart. What got no answer is sent again with the same event id,
 * as the installed hook script's spool does.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabase } from '@headspace/testkit';
import { randomFrom } from '@headspace/testkit/random';
import { spawnServer, type SpawnedServer } from '@headspace/testkit/server';
import { waitUntil } from '@headspace/testkit/wait-until';
import pg from 'pg';
import { expect, test } from 'vitest';
import { post } from './testing/hook-world.ts';

const KILLS = 50;
/** Sessions that send at the same time, one event after the other. */
const SESSIONS = 6;
const SEED = 20_261_101;
/** A server is killed after it has answered one hook up to this many. */
const MOST_HOOKS = 50;

interface Load {
  /** Ids of the events that were answered 2xx. */
  readonly answered: Set<string>;
  readonly turnsOf: Map<string, number>;
  stopped: boolean;
}

/** One session, turn after turn, until it is told to stop; it ends after a whole turn. */
async function work(session: string, server: () => SpawnedServer | null, load: Load) {
  let sent = 0;
  const send = async (event: string, more: object): Promise<void> => {
    const eventId = `${session}-${++sent}`;
    const payload = { session_id: session, cwd: '/repo', ...more };
    const headers = { eventId, tmux: '/tmp/tmux,1,0', tmuxPane: `%${session}` };
    await waitUntil(
      async () => {
        const target = server();
        if (target === null) return false;
        const answer = await post(target, { event, payload, headers }).catch(() => null);
        await answer?.arrayBuffer().catch(() => null);
        return answer?.ok === true;
      },
      { everyMs: 10, timeoutMs: 120_000, what: `${event} of ${session}` },
    );
    load.answered.add(eventId);
  };
  await send('SessionStart', { source: 'startup', model: 'm' });
  for (let turn = 1; !load.stopped; turn++) {
    const prompt_id = `${session}-p${turn}`;
    const tool = { tool_name: 'Bash', tool_input: { command: `${turn}` }, prompt_id };
    await send('UserPromptSubmit', { prompt: `prompt ${turn}`, prompt_id });
    await send('PreToolUse', { ...tool, tool_use_id: `t${turn}` });
    await send('PermissionRequest', tool);
    await send('PostToolUse', { ...tool, tool_use_id: `t${turn}` });
    await send('Stop', { prompt_id, last_assistant_message: `answer ${turn}` });
    load.turnsOf.set(session, turn);
  }
}

test(`${KILLS} kills under load lose nothing and double nothing`, async () => {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const home = await mkdtemp(join(tmpdir(), 'headspace-crash-'));
  stack.defer(async () => rm(home, { recursive: true, force: true }));
  const pool = new pg.Pool({ connectionString: database.url, max: 1 });
  pool.on('error', () => undefined);
  stack.defer(async () => pool.end());

  const random = randomFrom(SEED);
  const load: Load = { answered: new Set(), turnsOf: new Map(), stopped: false };
  let present: SpawnedServer | null = null;
  const names = Array.from({ length: SESSIONS }, (_, n) => `session-${n}`);
  const sessions = names.map(async (name) => work(name, () => present, load));
  let killedAtWork = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const server = await spawnServer({ database, home });
    present = server;
    const wanted = load.answered.size + 1 + Math.floor(random() * MOST_HOOKS);
    await waitUntil(() => load.answered.size >= wanted, { everyMs: 1, timeoutMs: 60_000 });
    await server.end('SIGKILL');
    present = null;
    const { rows } = await pool.query(`select 1 from hook_events where status = 'pending' limit 1`);
    if (rows.length > 0) killedAtWork++;
  }
  present = stack.use(await spawnServer({ database, home }));
  load.stopped = true;
  await Promise.all(sessions);
  await waitUntil(
    async () =>
      (await pool.query(`select 1 from hook_events where status = 'pending' limit 1`)).rowCount ===
      0,
    { what: 'all events applied', timeoutMs: 60_000 },
  );
  await expectExactlyOnce(pool, load);
  process.stdout.write(
    `crash: ${KILLS} kills, ${killedAtWork} of them with events not yet applied; ` +
      `${load.answered.size} hooks answered, each applied once\n`,
  );
}, 400_000);

/** Event by event, and by what a second application would have left behind. */
async function expectExactlyOnce(pool: pg.Pool, load: Load): Promise<void> {
  const events = await pool.query<{ event_id: string; status: string }>(
    'select event_id, status from hook_events',
  );
  const applied = events.rows.filter(({ status }) => status === 'applied');
  expect(applied).toHaveLength(events.rows.length);
  expect(new Set(applied.map(({ event_id: id }) => id))).toEqual(load.answered);

  const turns = await pool.query<{
    session: string;
    prompts: number;
    answers: number;
    asks: number;
  }>(
    `select a.session_id as session, count(*) filter (where t.kind = 'prompt')::int as prompts,
       count(*) filter (where t.kind = 'message')::int as answers,
       count(*) filter (where t.kind = 'question')::int as asks
     from turns t join agents a on a.id = t.agent_id group by a.session_id order by 1`,
  );
  const commands = await pool.query<{ session: string; n: number; outcomes: string[] }>(
    `select a.session_id as session, count(*)::int as n, array_agg(distinct c.outcome) as outcomes
     from commands c join agents a on a.id = c.agent_id group by a.session_id order by 1`,
  );
  // One idle, then for each turn: working (prompt), at work, asks, at work again, finished.
  const transitions = await pool.query<{ session: string; n: number }>(
    `select a.session_id as session, count(*)::int as n
     from transitions t join agents a on a.id = t.agent_id group by a.session_id order by 1`,
  );
  const wanted = [...load.turnsOf].toSorted(([a], [b]) => (a < b ? -1 : 1));
  expect(turns.rows).toEqual(
    wanted.map(([session, n]) => ({ session, prompts: n, answers: n, asks: n })),
  );
  expect(commands.rows).toEqual(
    wanted.map(([session, n]) => ({ session, n, outcomes: ['finished'] })),
  );
  expect(transitions.rows).toEqual(wanted.map(([session, n]) => ({ session, n: 1 + 5 * n })));
}
