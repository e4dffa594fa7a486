/** The lock, the fence and the race sanitizer, each seen to refuse what they are there for. */
import { createAdvisoryLocks, LockNamespace } from '@headspace/lock';
import { createTestDatabase, RACE, type TestDatabase } from '@headspace/testkit';
import { waitUntil } from '@headspace/testkit/wait-until';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { freshActivity } from '../../domain/activity.ts';
import type { AgentsContext } from './context.ts';
import { SHUT_OUT } from './persist.ts';
import { projectOf } from './queries.ts';
import { FencedError, newAgent, withAgentOrSkip, withAgents } from './section.ts';

const AT = Date.UTC(2026, 10, 1);
const stack = new AsyncDisposableStack();
let database: TestDatabase;
let pool: pg.Pool;
let id = 0;

beforeAll(async () => {
  database = stack.use(await createTestDatabase());
  pool = new pg.Pool({ connectionString: database.url, max: 4 });
  pool.on('error', () => undefined);
  stack.defer(async () => pool.end());
});
afterAll(async () => stack.disposeAsync());

/** One server process, as far as agents are concerned. */
function createContext(): AgentsContext & AsyncDisposable {
  const locks = createAdvisoryLocks({
    connectionString: database.url,
    fenceSequence: 'headspace_fence',
  });
  return {
    pool,
    locks,
    announce: () => undefined,
    [Symbol.asyncDispose]: async () => locks[Symbol.asyncDispose](),
  };
}

/** Every test has an agent of its own, made as hooks make one. */
beforeEach(async () => {
  await using context = createContext();
  const agentId = ++id;
  const project = await projectOf(pool, 'h', '/repo');
  await withAgents(context, [agentId], { purpose: 'test' }, async (section) => {
    const agent = newAgent(agentId, {
      project,
      host: 'h',
      kind: 'interactive',
      sessionId: `s${agentId}`,
      handoverPromptId: null,
      lastStart: null,
      cwd: '/repo',
      transcriptPath: null,
      model: null,
      tmuxSocket: null,
      tmuxPane: null,
      createdAt: AT,
      state: { activity: freshActivity(AT), command: null, ending: null },
    });
    section.agents.set(agentId, agent);
    await section.persist();
  });
});

const cwd = async () =>
  (await pool.query<{ cwd: string }>('select cwd from agents where id = $1', [id])).rows[0]?.cwd;
const fence = async () =>
  (await pool.query<{ fence: string }>('select fence from agents where id = $1', [id])).rows[0]
    ?.fence;

/** Writes behind the back of the one function, in a transaction that claims this section. */
async function writeAs(section: string, sql: string): Promise<unknown> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query(`select set_config('headspace.section', $1, true)`, [section]);
    return await client.query(sql);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

const writes = (): Record<string, string> => ({
  'update of an agent': `update agents set cwd = 'stolen' where id = ${id}`,
  'deletion of an agent': `delete from agents where id = ${id}`,
  'a command': `insert into commands (id, agent_id, state, started_at) values (${id}, ${id}, 'commanded', now())`,
  'a turn': `insert into turns (agent_id, actor, kind, body, happened_at, turn_key) values (${id}, 'user', 'prompt', 'x', now(), 'k')`,
  'a transition': `insert into transitions (id, agent_id, happened_at, from_state, to_state, to_attention, reason, rule, evidence) values (${id}, ${id}, now(), 'idle', 'idle', 'idle', '', '', '[]')`,
  'a process': `insert into agent_processes (agent_id, host, pid, proc_start) values (${id}, 'h', 7, '')`,
  'a transcript': `insert into transcript_files (agent_id, path, inode, read_offset, skipping, tail, restarts, state) values (${id}, '/t', '1', 0, false, '', 0, '{}')`,
  tokens: `insert into transcript_usage (agent_id, message_id, input_tokens, cache_creation_tokens, cache_creation_1h_tokens, cache_read_tokens, output_tokens, happened_at) values (${id}, 'm', 0, 0, 0, 0, 0, now())`,
});

describe('the race sanitizer refuses', () => {
  test.each(Object.keys(writes()))('%s without the lock', async (what) => {
    const sql = writes()[what] ?? '';
    await expect(writeAs('', sql)).rejects.toMatchObject({ code: RACE });
    await expect(writeAs(`${id}:${await fence()}`, sql)).rejects.toMatchObject({
      code: RACE,
      message: expect.stringContaining('nobody holds its lock') as string,
    });
  });

  test.each(Object.keys(writes()))('%s while another task holds the lock', async (what) => {
    await using context = createContext();
    const sql = writes()[what] ?? '';
    await withAgents(context, [id], { purpose: 'test' }, async () => {
      const own = await fence();
      for (const section of ['', `${id}:${Number(own) - 1}`, `${id + 1}:${own}`]) {
        await expect(writeAs(section, sql)).rejects.toMatchObject({ code: RACE });
      }
      // What the holder itself would be allowed: so the refusals above are not for another reason.
      await writeAs(`${id}:${own}`, sql);
    });
  });

  test('a section that tries to change an agent that it does not hold', async () => {
    await using context = createContext();
    await withAgents(context, [id], { purpose: 'test' }, async (section) => {
      const agent = section.agents.get(id);
      if (agent === undefined) throw new Error('the agent is not there');
      section.agents.set(id - 1, { ...agent, id: id - 1, sessionId: 'other' });
      // It has no token for that one, so there is no fence to write under.
      await expect(section.persist()).rejects.toMatchObject({ code: '22P02' });
    });
    expect(await cwd()).toBe('/repo');
  });
});

const HOLDER = `select pid from pg_locks where locktype = 'advisory' and granted
  and database = (select oid from pg_database where datname = current_database())
  and classid = ${LockNamespace.AGENT} and objid = $1 and mode = 'ExclusiveLock'`;

/** Ends the database session that holds the agent's lock, as a crash or a cut link would. */
async function killHolder(): Promise<void> {
  await pool.query(`select pg_terminate_backend(pid) from (${HOLDER}) as holder`, [id]);
  await waitUntil(async () => (await pool.query(HOLDER, [id])).rowCount === 0);
}

describe('a holder whose lock session died', () => {
  test('writes nothing once another has entered', async () => {
    await using first = createContext();
    await using second = createContext();
    const outcome = withAgents(first, [id], { purpose: 'first' }, async (section) => {
      const agent = section.agents.get(id);
      if (agent !== undefined) agent.cwd = '/first';
      await killHolder();
      await withAgents(second, [id], { purpose: 'second' }, async (other) => {
        const same = other.agents.get(id);
        if (same !== undefined) same.cwd = '/second';
        await other.persist();
      });
      await section.persist();
    });
    await expect(outcome).rejects.toMatchObject({ code: SHUT_OUT });
    expect(await cwd()).toBe('/second');
  });

  test('writes nothing also when the other has only entered', async () => {
    await using first = createContext();
    await using second = createContext();
    const outcome = withAgents(first, [id], { purpose: 'first' }, async (section) => {
      const agent = section.agents.get(id);
      if (agent !== undefined) agent.cwd = '/first';
      await killHolder();
      await withAgents(second, [id], { purpose: 'second' }, async () => undefined);
      await section.persist();
    });
    await expect(outcome).rejects.toMatchObject({ code: SHUT_OUT });
    expect(await cwd()).toBe('/repo');
  });

  test('cannot enter after another', async () => {
    await using first = createContext();
    await using second = createContext();
    // The first one gets its lock, and then waits for its only connection.
    const narrow = new pg.Pool({ connectionString: database.url, max: 1 });
    narrow.on('error', () => undefined);
    const busy = await narrow.connect();
    const outcome = withAgents({ ...first, pool: narrow }, [id], { purpose: 'first' }, async () =>
      expect.unreachable('the section began'),
    );
    const refused = outcome.catch((error: unknown) => error);
    await waitUntil(async () => (await pool.query(HOLDER, [id])).rowCount === 1);
    await killHolder();
    await withAgents(second, [id], { purpose: 'second' }, async () => undefined);
    busy.release();
    expect(await refused).toBeInstanceOf(FencedError);
    await narrow.end();
  });
});

describe('sections', () => {
  test('of one agent follow each other and read what the one before wrote', async () => {
    await using first = createContext();
    await using second = createContext();
    const counts = Array.from({ length: 20 }, async (_, n) =>
      withAgents(n % 2 === 0 ? first : second, [id], { purpose: 'count' }, async (section) => {
        const agent = section.agents.get(id);
        if (agent === undefined) return;
        agent.model = String(Number(agent.model ?? '0') + 1);
        await section.persist();
      }),
    );
    await Promise.all(counts);
    const { rows } = await pool.query('select model from agents where id = $1', [id]);
    expect(rows).toEqual([{ model: '20' }]);
  });

  test('that only try are told that the agent is busy', async () => {
    await using first = createContext();
    await using second = createContext();
    await withAgents(first, [id], { purpose: 'hold' }, async () => {
      const result = await withAgentOrSkip(second, id, { purpose: 'loop' }, async () => undefined);
      expect(result).toEqual({ acquired: false, reason: 'busy' });
    });
  });

  test('write nothing before persist, and nothing of an event that is already done', async () => {
    await using context = createContext();
    await withAgents(context, [id], { purpose: 'test' }, async (section) => {
      const agent = section.agents.get(id);
      if (agent !== undefined) agent.cwd = '/changed';
      expect(await cwd()).toBe('/repo');
      const { rows } = await pool.query<{ id: number }>(
        `insert into hook_events (event_id, event, session_id, host, queue_key, received_at,
           payload, status)
         values ('done', 'Stop', 's', 'h', 'q', now(), '{}', 'applied') returning id::int`,
      );
      const done = { id: rows[0]?.id ?? 0, status: 'applied' as const, agentId: id, outcome: '' };
      await expect(section.persist([done])).rejects.toMatchObject({ code: SHUT_OUT });
    });
    expect(await cwd()).toBe('/repo');
  });
});

describe('turns that the transcript has told already', () => {
  const answer = (key: string, promptId: string | null = 'p', match = 'answer:1') => ({
    commandId: null,
    actor: 'agent' as const,
    kind: 'message' as const,
    text: 'done',
    at: AT,
    key,
    promptId,
    match,
  });
  const persistWith = async (
    turns: ReturnType<typeof answer>[],
    entries: readonly string[] = [],
    promptId = 'p',
  ): Promise<string[]> => {
    await using context = createContext();
    await withAgents(context, [id], { purpose: 'test' }, async (section) => {
      const agent = section.agents.get(id);
      if (agent === undefined) throw new Error('the agent is not there');
      for (const turn of turns) section.addTurn(agent, turn);
      await section.persist([], async (client) => {
        for (const entry of entries) {
          await client.query(
            `insert into turns (agent_id, actor, kind, body, happened_at, turn_key, prompt_id,
               match_key, entry_id, origin)
             values ($1, 'agent', 'message', 'done', now(), 'entry:' || $2, $3, 'answer:1', $2,
               'transcript')`,
            [id, entry, promptId],
          );
        }
      });
    });
    const { rows } = await pool.query<{ turn: string }>(
      `select concat_ws(' ', origin, turn_key) as turn from turns where agent_id = $1 order by id`,
      [id],
    );
    return rows.map(({ turn }) => turn);
  };

  test('get the name that the hook has for them', async () => {
    await persistWith([], ['e1']);
    expect(await persistWith([answer('answer:p')])).toEqual(['both answer:p']);
    expect(await persistWith([answer('answer:p')])).toEqual(['both answer:p']);
  });

  test('two alike in one section, and one of them told twice', async () => {
    await persistWith([], ['e1', 'e2']);
    expect(
      await persistWith([answer('answer:p'), answer('answer:p'), answer('answer:p:2')]),
    ).toEqual(['both answer:p', 'both answer:p:2']);
  });

  test('one entry is the turn of one hook', async () => {
    await persistWith([], ['e1']);
    expect(await persistWith([answer('answer:p'), answer('answer:p:2')])).toEqual([
      'both answer:p',
      'hook answer:p:2',
    ]);
  });

  test('of another prompt, or with other words, are others', async () => {
    await persistWith([], ['e1'], 'q');
    expect(await persistWith([answer('answer:p')])).toEqual([
      'transcript entry:e1',
      'hook answer:p',
    ]);
    expect(await persistWith([answer('answer:q', 'q', 'answer:2')])).toContain('hook answer:q');
  });

  test('what fails beside the section takes the section with it', async () => {
    await using context = createContext();
    const failing = withAgents(context, [id], { purpose: 'test' }, async (section) => {
      const agent = section.agents.get(id);
      if (agent === undefined) throw new Error('the agent is not there');
      agent.cwd = '/elsewhere';
      await section.persist([], async () => {
        throw new Error('beside');
      });
    });
    await expect(failing).rejects.toThrow('beside');
    expect(await cwd()).toBe('/repo');
  });
});
