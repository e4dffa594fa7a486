/**
 * Agents are ranked some time after a change, once for all changes until then. A timer in each
 * process would rank once per process, and forget with its process: here one durable job waits for
 * all, and whoever runs it, one picture of the agents is asked about once.
 */
import { createTestDatabase } from '@headspace/testkit';
import { type SpawnedServer, spawnServer } from '@headspace/testkit/server';
import { waitUntil } from '@headspace/testkit/wait-until';
import pg from 'pg';
import { expect, test } from 'vitest';
import { createProviderStub } from '../../src/features/summaries/testing/provider-stub.ts';

const HOUR = 3_600_000;
const WAIT = { timeoutMs: 60_000 };
const EXTRA = 6;

async function hook(server: SpawnedServer, event: string, payload: object): Promise<void> {
  const answer = await fetch(`${server.url}/hook/${event}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.hookToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ transcript_path: '', cwd: '/repo/app', ...payload }),
  });
  if (!answer.ok) throw new Error(`${event} answered ${answer.status}`);
}

async function setObjective(server: SpawnedServer, text: string): Promise<void> {
  const answer = await fetch(`${server.url}/api/inference/objective`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${server.operatorToken}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ text }),
  });
  if (!answer.ok) throw new Error(`the objective was answered ${answer.status}`);
}

test(
  'M4: changes seen by two processes make one ranking, and one call',
  { timeout: 180_000 },
  async () => {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await createTestDatabase());
    const stub = stack.use(await createProviderStub());
    const pool = new pg.Pool({ connectionString: database.url, max: 2 });
    pool.on('error', () => undefined);
    stack.defer(() => pool.end());
    const settings = {
      'summaries.provider': 'openai-compatible',
      'summaries.baseUrl': `${stub.url}/v1`,
      'summaries.model': 'stub',
      'summaries.debounceMs': HOUR,
    } as const;
    const servers = await Promise.all([1, 2].map(() => spawnServer({ database, settings })));
    for (const server of servers) stack.use(server);
    const [first, second] = servers;
    if (first === undefined || second === undefined) throw new Error('two servers');
    const count = async (sql: string): Promise<number> =>
      (await pool.query<{ count: number }>(`select count(*)::int as count ${sql}`)).rows[0]
        ?.count ?? 0;

    const waiting = `from graphile_worker.jobs where task_identifier = 'rank-agents'`;

    // Nobody is there yet, so there is nobody to rank.
    await setObjective(first, 'the login has to be stable');
    await waitUntil(async () => (await count(waiting)) === 0, { ...WAIT, what: 'nobody ranked' });
    for (const [n, server] of [first, second, first, second].entries()) {
      const session = { session_id: `session ${n}` };
      await hook(server, 'session-start', { ...session, source: 'startup' });
      const prompt = `Please look at part ${n} of the login and make it stable for everybody`;
      await hook(server, 'user-prompt-submit', { ...session, prompt, prompt_id: `p${n}` });
    }
    await waitUntil(
      async () =>
        (await count(`from summaries where kind = 'command-instruction' and state = 'done'`)) ===
          4 && (await count(`from summary_requests`)) === 0,
      { ...WAIT, what: 'every prompt has its line' },
    );

    expect(await count(`${waiting} and run_at > now()`)).toBe(1);
    expect(rankings()).toEqual([]);

    // It is due; and as if each process had timers of its own, others come at the same moment.
    await pool.query(
      `select graphile_worker.add_job('rank-agents', json_build_object('objectiveId', id), run_at := now())
     from objectives, generate_series(1, ${EXTRA})`,
    );
    await pool.query(
      `select graphile_worker.reschedule_jobs(array(select id ${waiting}), run_at := now())`,
    );
    await waitUntil(async () => (await count(waiting)) === 0, {
      ...WAIT,
      what: 'no ranking waits',
    });
    await waitUntil(
      async () => (await count(`from summaries where state in ('queued', 'claimed')`)) === 0,
      { ...WAIT, what: 'all is done' },
    );
    expect(rankings()).toHaveLength(1);
    expect(await count(`from inference_calls where kind = 'ranking'`)).toBe(1);
    const { rows } = await pool.query<{ result: { score: number }[] }>(
      `select result from summaries where kind = 'ranking'`,
    );
    expect(rows.map(({ result }) => result.map(({ score }) => score))).toEqual([[90, 89, 88, 87]]);

    function rankings(): unknown[] {
      return stub.calls.filter(({ material }) => material.startsWith('{"objective"'));
    }
  },
);
