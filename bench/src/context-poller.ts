/**
 * One pass of the context poller over 1,000 live agents: CPU of this process and statements sent to
 * the database, with nothing new, with status lines that tell nothing new of any agent, and with 100
 * agents that have changed. The server runs in this process, so that its statements can be counted.
 */
import { startPostgres } from '@headspace/testkit';
import { startTestServer, type TestServer } from '@headspace/testkit/server';
import { atMost, forComparison, type Row } from './report.ts';

const AGENTS = 1_000;
const CHANGED = 100;
const ROUNDS = 5;
const AT_ONCE = 50;
const WINDOW = 200_000;

interface Pass {
  readonly cpuMs: number;
  readonly statements: number;
}

export async function contextPollerBench(): Promise<Row[]> {
  await using postgres = await startPostgres({ durable: true });
  await using server = await startTestServer({
    database: { url: postgres.url },
    settings: { 'contextPoller.intervalMs': 600_000, 'log.level': 'warn' },
  });
  await startAgents(server);
  await sendLines(server, AGENTS, 50_000);
  await pass(server);
  const idle = await best(server, async () => undefined);
  let step = 0;
  const quiet = await best(server, () => sendLines(server, AGENTS, 50_000 + ++step));
  const some = await best(server, async () => {
    step += 1;
    await sendLines(server, AGENTS - CHANGED, 50_000 + step, CHANGED);
    await sendLines(server, CHANGED, 50_000 + 4_000 * step);
  });
  return [
    atMost('context poller, 1,000 agents, nothing new: CPU', idle.cpuMs, 'ms', 250),
    atMost('statements', idle.statements, '', 20),
    atMost('1,000 status lines, no agent to change: CPU', quiet.cpuMs, 'ms', 250),
    atMost('statements', quiet.statements, '', 20),
    forComparison(`1,000 status lines, ${CHANGED} agents to change: CPU`, some.cpuMs, 'ms'),
    atMost('statements', some.statements, '', 20 + 8 * CHANGED),
  ];
}

/** The cheapest of some passes: what else the machine does only adds. */
async function best(server: TestServer, prepare: () => Promise<void>): Promise<Pass> {
  const passes: Pass[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await prepare();
    passes.push(await pass(server));
  }
  return {
    cpuMs: Math.min(...passes.map(({ cpuMs }) => cpuMs)),
    statements: Math.min(...passes.map(({ statements }) => statements)),
  };
}

async function pass({ context }: TestServer): Promise<Pass> {
  const service = context.services.find(({ name }) => name === 'context-poller');
  if (service === undefined || !('tick' in service)) throw new Error('there is no context poller');
  const counting = await countStatements(context.pool);
  const before = process.cpuUsage();
  await (service as { tick: () => Promise<void> }).tick();
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1_000, statements: counting.stop() };
}

/** Every statement of this process, those of locks and of other loops included. */
async function countStatements(
  pool: TestServer['context']['pool'],
): Promise<{ stop: () => number }> {
  const client = await pool.connect();
  client.release();
  // The method of every connection, pooled or not, to be put back as it was.
  const prototype = Object.getPrototypeOf(client) as { query: (...args: unknown[]) => unknown };
  const { query } = prototype;
  let count = 0;
  prototype.query = function counted(...args) {
    count += 1;
    return query.apply(this, args);
  };
  return {
    stop: () => {
      prototype.query = query;
      return count;
    },
  };
}

async function startAgents(server: TestServer): Promise<void> {
  await sendAll(server, AGENTS, (n) => ({
    route: 'session-start',
    body: { session_id: `bench-${n}`, source: 'startup', cwd: `/p${n % 10}`, model: 'm' },
  }));
  await server.context.hooks.settled();
}

async function sendLines(
  server: TestServer,
  count: number,
  tokens: number,
  first = 0,
): Promise<void> {
  await sendAll(server, count, (n) => ({
    route: 'status-line',
    body: {
      session_id: `bench-${first + n}`,
      prompt_id: 'p',
      model: { id: 'm' },
      context_window: { total_input_tokens: tokens, context_window_size: WINDOW },
    },
  }));
}

async function sendAll(
  { url, hookToken }: TestServer,
  count: number,
  make: (n: number) => { route: string; body: object },
): Promise<void> {
  const headers = { authorization: `Bearer ${hookToken}`, 'content-type': 'application/json' };
  for (let first = 0; first < count; first += AT_ONCE) {
    const part = Array.from({ length: Math.min(AT_ONCE, count - first) }, (_, n) => first + n);
    await Promise.all(
      part.map(async (n) => {
        const { route, body } = make(n);
        const request = { method: 'POST', headers, body: JSON.stringify(body) };
        const answer = await fetch(`${url}/hook/${route}`, request);
        await answer.arrayBuffer();
        if (!answer.ok) throw new Error(`${route} answered ${answer.status}`);
      }),
    );
  }
}
