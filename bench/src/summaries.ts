/** What summaries cost: made by the built-in rules from a queue, and asked for by a hook's section. */
import os from 'node:os';
import { createAdvisoryLocks } from '@headspace/lock';
import { migrate, readMigrations } from '@headspace/server/database';
import { startPostgres } from '@headspace/testkit';
import { loadSettings } from '@headspace/home';
import pg from 'pg';
import type { NewTurn } from '../../packages/server/src/domain/agent-state.ts';
import {
  type AgentsContext,
  type LoadedAgent,
  projectOf,
  type Section,
  withAgents,
} from '../../packages/server/src/features/agents/index.ts';
import { SummaryWorker } from '../../packages/server/src/features/summaries/index.ts';
import { planAgent } from '../../packages/server/src/features/summaries/plan.ts';
import {
  freshAgent,
  testContext,
} from '../../packages/server/src/features/summaries/testing/summary-world.ts';
import { atLeast, atMost, forComparison, type Row } from './report.ts';

const TURNS = 10_000;
const SECTIONS = 600;
const WARM_UP = 100;

export async function summariesBench(): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const postgres = stack.use(await startPostgres({ durable: true }));
  await migrate(postgres.url, await readMigrations());
  const pool = new pg.Pool({ connectionString: postgres.url, max: 4 });
  pool.on('error', () => undefined);
  stack.defer(() => pool.end());
  const locks = stack.use(
    createAdvisoryLocks({ connectionString: postgres.url, fenceSequence: 'headspace_fence' }),
  );
  const agents: AgentsContext = { pool, locks, announce: () => undefined };
  const load = os.loadavg()[0] ?? 0;
  return [
    ...(await schedulingRows(agents)),
    ...(await queueRows(agents)),
    forComparison('load of this machine before (1 minute)', load, 'processes'),
  ];
}

/** 10,000 messages of one agent: asked for as the job does it, then made by one worker. */
async function queueRows(agents: AgentsContext): Promise<Row[]> {
  const { pool } = agents;
  await inSection(agents, 1, (section, agent) => {
    for (let n = 0; n < TURNS; n++) section.addTurn(agent, turn(n, 'message'));
  });
  const context = testContext(pool, loadSettings({ env: {} }));
  const asked = performance.now();
  while (await planAgent({ context, poke: () => undefined }, 1));
  const askedMs = performance.now() - asked;
  const worker = new SummaryWorker(context);
  const begun = performance.now();
  await worker.tick();
  await worker.idle();
  const ms = performance.now() - begun;
  const { rows } = await pool.query<{ done: number }>(
    `select count(*)::int as done from summaries where kind = 'turn' and state = 'done'`,
  );
  if (rows[0]?.done !== TURNS) throw new Error(`${rows[0]?.done} of ${TURNS} were summarised`);
  return [
    atLeast('queue of 10,000 turns, built-in rules', (TURNS / ms) * 1_000, 'turns/s', 500),
    forComparison('the same with asking for them', (TURNS / (ms + askedMs)) * 1_000, 'turns/s'),
  ];
}

/** The same section with a message that calls for a summary, and with one that does not, in turn. */
async function schedulingRows(agents: AgentsContext): Promise<Row[]> {
  const withJob: number[] = [];
  const without: number[] = [];
  for (let n = 0; n < SECTIONS + WARM_UP; n++) {
    const id = 1_000 + n;
    await inSection(agents, id, () => undefined);
    const kinds = n % 2 === 0 ? (['message', 'tool'] as const) : (['tool', 'message'] as const);
    for (const kind of kinds) {
      const ms = await inSection(agents, id, (section, agent) =>
        section.addTurn(agent, turn(n, kind)),
      );
      if (n >= WARM_UP) (kind === 'message' ? withJob : without).push(ms);
    }
  }
  return [
    atMost(
      'scheduling a summary adds to a hook, p50',
      middle(withJob) - middle(without),
      'ms',
      0.3,
    ),
    forComparison('write of a section without it, p50', middle(without), 'ms'),
    forComparison('write of a section with it, p50', middle(withJob), 'ms'),
  ];
}

/** Returns how long the write took, in ms. */
async function inSection(
  agents: AgentsContext,
  id: number,
  change: (section: Section, agent: LoadedAgent) => void,
): Promise<number> {
  const project = await projectOf(agents.pool, 'h', '/repo/app');
  return withAgents(agents, [id], { purpose: 'bench' }, async (section) => {
    const agent = section.agents.get(id) ?? freshAgent(id, project);
    section.agents.set(id, agent);
    change(section, agent);
    const begun = performance.now();
    await section.persist();
    return performance.now() - begun;
  });
}

/** A message as agents write them: some paragraphs, a list, a block of code. */
function turn(n: number, kind: NewTurn['kind']): NewTurn {
  const text = [
    `I have changed part ${n} of the parser so that it keeps its place. The tests of it pass.`,
    '## What is new',
    ...[1, 2, 3, 4].map(
      (i) =>
        `- **Step ${i}**: \`src/part-${n}-${i}.ts\` now reads in pieces, and says where it stopped`,
    ),
    '```ts',
    ...[1, 2, 3, 4, 5, 6].map((i) => `const value${i} = await read(file, { at: ${n * i} });`),
    '```',
    'Nothing else was touched, and the documentation says the same as before.',
  ].join('\n');
  const at = Date.now() - 3_600_000 + n;
  const names = { key: `${kind} ${n}`, promptId: null, match: null };
  return { ...names, commandId: null, actor: 'agent', kind, text, at };
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
