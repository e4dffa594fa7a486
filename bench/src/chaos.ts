/**
 * `npm run chaos [-- --runs N] [--faults N] [--seed N] [--only NAME] [--json FILE]`: servers and
 * their PostgreSQL are broken again and again under load, then everything is checked. Exits with 1
 * if anything was violated. A seed gives the same faults in the same order; the moments differ.
 */
import { parseArgs } from 'node:util';
import { CHECKS } from './chaos/checks.ts';
import { FAULTS } from './chaos/faults.ts';
import { runCampaign, type CampaignResult } from './chaos/campaign.ts';
import { atMost, forComparison, printRows, writeJson, type Row } from './report.ts';

const HELP = `npm run chaos [-- options]
  --runs N      campaigns, each with servers and a database of its own (default 5)
  --faults N    faults in each (default 12)
  --seed N      of the first campaign; the next ones count on (default: the time)
  --only NAME   this fault alone; may be given again. Faults:
                ${Object.keys(FAULTS).join(', ')}
  --json FILE   writes the result
`;

interface Options {
  readonly runs: number;
  readonly faults: number;
  readonly seed: number;
  readonly kinds: readonly string[];
  readonly json: string | undefined;
}

/** Throws an Error with a sentence for people. */
function readOptions(): Options | null {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      runs: text,
      faults: text,
      seed: text,
      json: text,
      only: { type: 'string', multiple: true },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return null;
  const kinds = values.only ?? Object.keys(FAULTS);
  const unknown = kinds.find((name) => !Object.hasOwn(FAULTS, name));
  if (unknown !== undefined) throw new Error(`"${unknown}" is no fault.\n${HELP}`);
  return {
    runs: count('runs', values.runs, 5),
    faults: count('faults', values.faults, 12),
    seed: count('seed', values.seed, Date.now() % 1_000_000),
    kinds,
    json: values.json,
  };
}

function count(name: string, given: string | undefined, otherwise: number): number {
  if (given === undefined) return otherwise;
  if (!/^\d{1,9}$/.test(given)) throw new Error(`--${name} takes a whole number, not "${given}"`);
  return Number(given);
}

async function main(): Promise<number> {
  const options = readOptions();
  if (options === null) {
    process.stdout.write(HELP);
    return 0;
  }
  const startedAt = new Date();
  const results: CampaignResult[] = [];
  for (let run = 0; run < options.runs; run++) {
    const seed = options.seed + run;
    process.stderr.write(`run ${run + 1} of ${options.runs}, seed ${seed}: `);
    const onFault = (name: string) => process.stderr.write(`${name}, `);
    const result = await runCampaign({ ...options, seed, onFault });
    process.stderr.write(`${result.violations.length} violations\n`);
    for (const violation of result.violations) process.stderr.write(`  ${violation}\n`);
    results.push(result);
  }
  const rows = report(results);
  printRows(rows);
  if (options.json !== undefined) writeJson(options.json, startedAt, rows, more(options, results));
  return results.some(({ violations }) => violations.length > 0) ? 1 : 0;
}

function report(results: readonly CampaignResult[]): Row[] {
  const sum = (of: (result: CampaignResult) => number) =>
    results.reduce((total, result) => total + of(result), 0);
  const faults = Object.keys(FAULTS).map((name) =>
    forComparison(
      `fault: ${name}`,
      sum((result) => result.faults[name] ?? 0),
      'times',
    ),
  );
  return [
    ...faults,
    forComparison(
      'hooks answered',
      sum(({ hooks }) => hooks),
      'hooks',
    ),
    forComparison(
      'stream lost and taken up again',
      sum(({ losses }) => losses),
      'times',
    ),
    forComparison(
      'slowest way back to work after a fault',
      Math.max(...results.map(({ slowestRecoveryMs }) => slowestRecoveryMs)),
      'ms',
    ),
    atMost(
      'violations',
      sum(({ violations }) => violations.length),
      '',
      0,
    ),
  ];
}

function more(options: Options, results: readonly CampaignResult[]): Record<string, unknown> {
  return {
    seed: options.seed,
    runs: results.length,
    faults: Object.fromEntries(
      Object.keys(FAULTS).map((name) => [
        name,
        results.reduce((total, { faults }) => total + (faults[name] ?? 0), 0),
      ]),
    ),
    checks: Object.keys(CHECKS),
    violations: results.flatMap(({ seed, violations }) =>
      violations.map((violation) => ({ seed, violation })),
    ),
  };
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
