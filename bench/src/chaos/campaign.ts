/** One run: load, faults one after the other, quiet, checks. */
import { setTimeout as sleep } from 'node:timers/promises';
import { between, oneOf, randomFrom } from '@headspace/testkit/random';
import { waitUntil } from '@headspace/testkit/wait-until';
import { CHECKS } from './checks.ts';
import { FAULTS } from './faults.ts';
import { openFleet, type Fleet } from './fleet.ts';
import { startReader, type StreamReader } from './reader.ts';
import { runSessions, type Load } from './sessions.ts';

export interface CampaignOptions {
  readonly seed: number;
  /** How many faults of `kinds` by chance; each of them once, in order, where this is left out. */
  readonly faults?: number;
  /** Names in FAULTS. */
  readonly kinds: readonly string[];
  readonly onFault: (name: string) => void;
}

export interface CampaignResult {
  readonly seed: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly checks: number;
  readonly violations: readonly string[];
  readonly hooks: number;
  /** How often the reader of the stream had to come back. */
  readonly losses: number;
  /** Longest time from the healing of a fault to a whole turn of every session, ms. */
  readonly slowestRecoveryMs: number;
}

const SESSIONS = 6;
const QUIET_MS = 60_000;

export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const random = randomFrom(options.seed);
  await using fleet = await openFleet();
  const reader = startReader(fleet, randomFrom(options.seed + 1));
  const load: Load = { answered: new Set(), turnsOf: new Map(), stopped: false };
  const names = Array.from({ length: SESSIONS }, (_, n) => `session-${n}`);
  const sessions = runSessions(fleet, load, names, randomFrom(options.seed + 2));
  // Awaited below; until then a failure must not end the process.
  sessions.catch(() => undefined);

  const faults: Record<string, number> = {};
  let slowestRecoveryMs = 0;
  await wholeTurns(load, names);
  for (const name of plan(options, random)) {
    await sleep(between(random, 0, 700));
    options.onFault(name);
    faults[name] = (faults[name] ?? 0) + 1;
    await FAULTS[name]?.({ fleet, random });
    const healedAt = performance.now();
    await wholeTurns(load, names);
    slowestRecoveryMs = Math.max(slowestRecoveryMs, performance.now() - healedAt);
  }
  load.stopped = true;
  await sessions;
  await untilQuiet(fleet, reader);
  await reader.stop();
  const violations = await findViolations(fleet, load, reader);
  return {
    seed: options.seed,
    faults,
    checks: Object.keys(CHECKS).length,
    violations,
    hooks: load.answered.size,
    losses: reader.losses,
    slowestRecoveryMs,
  };
}

function plan({ faults, kinds }: CampaignOptions, random: () => number): readonly string[] {
  return faults === undefined ? kinds : Array.from({ length: faults }, () => oneOf(random, kinds));
}

/** Every session gets a whole turn done, begun and ended from now on. */
async function wholeTurns(load: Load, names: readonly string[]): Promise<void> {
  const goals = names.map((name) => [name, (load.turnsOf.get(name) ?? 0) + 2] as const);
  await waitUntil(() => goals.every(([name, goal]) => (load.turnsOf.get(name) ?? 0) >= goal), {
    timeoutMs: QUIET_MS,
    what: 'a whole turn of every session after the fault',
  });
}

/** Nothing waits to be applied or announced, and the reader has read to the end. */
async function untilQuiet(fleet: Fleet, reader: StreamReader): Promise<void> {
  await waitUntil(
    async () => {
      const { rows } = await fleet.pool.query<{ waiting: number; end: string | null }>(
        `select (select count(*)::int from hook_events where status = 'pending')
           + (select count(*)::int from outbox) as waiting,
         (select max(position) from stream) as end`,
      );
      const [row] = rows;
      return row?.waiting === 0 && Number(row.end) === reader.messages.at(-1)?.id;
    },
    { timeoutMs: QUIET_MS, what: 'everything applied, announced and read' },
  ).catch(() => undefined); // The checks say what is missing.
}

async function findViolations(fleet: Fleet, load: Load, reader: StreamReader): Promise<string[]> {
  const violations: string[] = [];
  for (const [name, check] of Object.entries(CHECKS)) {
    const found = await check({ fleet, load, reader });
    violations.push(...found.map((text) => `${name}: ${text}`));
  }
  return violations;
}
