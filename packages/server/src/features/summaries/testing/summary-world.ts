/** A database with an agent that has said something, and workers on it without a server. */
import { loadSettings } from '@headspace/home';
import { createAdvisoryLocks, type AdvisoryLocks } from '@headspace/lock';
import { createTestDatabase } from '@headspace/testkit';
import pg from 'pg';
import { pino } from 'pino';
import { freshActivity } from '../../../domain/activity.ts';
import type { NewTurn } from '../../../domain/agent-state.ts';
import { MODEL_PRICES } from '../../../domain/model-prices.ts';
import {
  type LoadedAgent,
  newAgent,
  type Project,
  projectOf,
  withAgents,
} from '../../agents/index.ts';
import type { SummariesContext, SummarySettings } from '../context.ts';
import { planAgent } from '../plan.ts';
import { SummaryWorker } from '../worker.ts';

export interface SummaryWorld extends AsyncDisposable {
  readonly databaseUrl: string;
  readonly pool: pg.Pool;
  /** Of the agent that is there from the start. */
  readonly agentId: number;
  readonly projectId: number;
  /** May be changed at any time, as live settings are. */
  readonly settings: { -readonly [K in keyof SummarySettings]: SummarySettings[K] };
  readonly worker: SummaryWorker;
  /** Adds messages as a section does; each a second after the one before. */
  say(...turns: readonly Said[]): Promise<void>;
  /** What the job of a section does. */
  plan(): Promise<void>;
  /** Rounds until nothing is due and nothing under way. */
  work(): Promise<void>;
  rows(): Promise<Row[]>;
  calls(): Promise<CallRow[]>;
  /** Today's, of the project. */
  budget(): Promise<{ tokens: number; usd: number }>;
}

export type Said = readonly [actor: 'user' | 'agent', text: string];

export interface Row {
  readonly id: number;
  readonly kind: string;
  readonly entityId: number;
  readonly state: string;
  readonly text: string | null;
  readonly frustration: number | null;
  readonly provider: string | null;
  readonly attempts: number;
  readonly error: string | null;
}

export interface CallRow {
  readonly outcome: string;
  readonly error: string | null;
  readonly input: number | null;
  readonly output: number | null;
  readonly usd: number | null;
  readonly summaryId: number;
}

const AGENT = 1;

export function testContext(
  pool: pg.Pool,
  settings: SummarySettings,
  announce = (): void => undefined,
): SummariesContext {
  return { pool, settings, prices: MODEL_PRICES, announce, log: pino({ level: 'silent' }) };
}

export async function openSummaryWorld(
  settings: Partial<SummarySettings> = {},
): Promise<SummaryWorld> {
  await using stack = new AsyncDisposableStack();
  const database = stack.use(await createTestDatabase());
  const pool = new pg.Pool({ connectionString: database.url, max: 6 });
  pool.on('error', () => undefined);
  stack.defer(() => pool.end());
  const locks = stack.use(
    createAdvisoryLocks({ connectionString: database.url, fenceSequence: 'headspace_fence' }),
  );
  const projectId = await addAgent(pool, locks);
  const live = { ...loadSettings({ env: {} }), ...settings };
  const context = testContext(pool, live);
  const worker = new SummaryWorker(context, () => 0);
  stack.defer(() => worker.close());
  let said = 0;
  const owned = stack.move();
  return {
    databaseUrl: database.url,
    pool,
    agentId: AGENT,
    projectId,
    settings: live,
    worker,
    say: async (...turns) => {
      const first = said;
      said += turns.length;
      await addTurns(
        pool,
        locks,
        turns.map((turn, n) => newTurn(turn, first + n)),
      );
    },
    plan: async () => {
      while (await planAgent({ context, poke: () => undefined }, AGENT));
    },
    work: async () => {
      await worker.tick();
      await worker.idle();
    },
    rows: async () => rowsOf(pool),
    calls: async () => callsOf(pool),
    budget: async () => {
      const { rows } = await pool.query<{ tokens: number; usd: number }>(
        'select tokens::float8 as tokens, usd from inference_budgets where scope = $1',
        [projectId],
      );
      return rows[0] ?? { tokens: 0, usd: 0 };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** An agent without a row yet, at rest outside tmux. */
export function freshAgent(id: number, project: Project): LoadedAgent {
  const at = Date.now();
  return newAgent(id, {
    project,
    host: 'h',
    kind: 'interactive',
    sessionId: `s${id}`,
    handoverPromptId: null,
    lastStart: null,
    cwd: '/repo/app',
    transcriptPath: null,
    model: null,
    tmuxSocket: null,
    tmuxPane: null,
    createdAt: at,
    state: { activity: freshActivity(at), command: null, ending: null },
  });
}

/** Returns the id of its project. */
async function addAgent(pool: pg.Pool, locks: AdvisoryLocks): Promise<number> {
  const project = await projectOf(pool, 'h', '/repo/app');
  const context = { pool, locks, announce: () => undefined };
  await withAgents(context, [AGENT], { purpose: 'test' }, async (section) => {
    section.agents.set(AGENT, freshAgent(AGENT, project));
    await section.persist();
  });
  return project.id;
}

function newTurn([actor, text]: Said, n: number): NewTurn {
  return {
    commandId: null,
    actor,
    kind: actor === 'user' ? 'prompt' : 'message',
    text,
    at: Date.now() - 3_600_000 + n * 1_000,
    key: `turn ${n}`,
    promptId: null,
    match: null,
  };
}

async function addTurns(pool: pg.Pool, locks: AdvisoryLocks, turns: readonly NewTurn[]) {
  const context = { pool, locks, announce: () => undefined };
  await withAgents(context, [AGENT], { purpose: 'test' }, async (section) => {
    const agent = section.agents.get(AGENT);
    if (agent === undefined) throw new Error('no agent');
    for (const turn of turns) section.addTurn(agent, turn);
    await section.persist();
  });
}

async function rowsOf(pool: pg.Pool): Promise<Row[]> {
  const { rows } = await pool.query<Row>(
    `select id::float8 as id, kind, entity_id::float8 as "entityId", state, text, frustration,
       provider, attempts, error
     from summaries order by id`,
  );
  return rows;
}

async function callsOf(pool: pg.Pool): Promise<CallRow[]> {
  const { rows } = await pool.query<CallRow>(
    `select outcome, error, input_tokens as input, output_tokens as output, cost_usd as usd,
       summary_id::float8 as "summaryId"
     from inference_calls order by id`,
  );
  return rows;
}
