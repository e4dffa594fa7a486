/**
 * `npm test`: every check, then every test. Ends with what could not be run and a line of its own,
 * `N passed, N failed, N skipped`. `npm test -- packages/lock` runs those tests only, no checks.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { check } from './check.ts';
import { exec, ROOT, tool } from './exec.ts';
import { ensureSystemTools } from './system-tools.ts';

const CACHE = path.join(ROOT, '.cache');
const RESULTS = path.join(CACHE, 'test-results.json');
/** Tests leave files here with a line for each thing that they could not run (noteNotRun). */
const NOTES = path.join(CACHE, 'test-notes');

const resultsSchema = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string(),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Vitest's counts; a file that could not be loaded counts as one failed test. */
function readCounts(): Counts {
  const results = resultsSchema.parse(JSON.parse(readFileSync(RESULTS, 'utf8')));
  const unloaded = results.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((each) => each.status === 'failed'),
  );
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests + unloaded.length,
    skipped: results.numPendingTests + results.numTodoTests,
  };
}

function readNotes(): string[] {
  if (!existsSync(NOTES)) return [];
  const texts = readdirSync(NOTES).map((name) => readFileSync(path.join(NOTES, name), 'utf8'));
  return [...new Set(texts.flatMap((text) => text.split('\n')).filter(Boolean))];
}

/** Returns vitest's exit code. Prints its report as it goes. */
async function runTests(filters: readonly string[]): Promise<number> {
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${RESULTS}`];
  const { code } = await exec(process.execPath, [tool('vitest/vitest.mjs'), ...args, ...filters], {
    show: true,
  });
  return code;
}

async function main(filters: readonly string[]): Promise<boolean> {
  mkdirSync(CACHE, { recursive: true });
  rmSync(RESULTS, { force: true });
  rmSync(NOTES, { recursive: true, force: true });

  const whole = filters.length === 0;
  const missing = whole ? await ensureSystemTools() : [];
  const failedChecks = whole ? await check([], false) : [];
  const code = await runTests(filters);

  let counts: Counts;
  try {
    counts = readCounts();
  } catch (error) {
    console.log(`The tests did not run to their end: ${String(error)}`);
    counts = { passed: 0, failed: 1, skipped: 0 };
  }
  console.log('');
  for (const note of [...missing, ...readNotes()]) console.log(`Not run: ${note}`);
  if (failedChecks.length > 0) console.log(`Failed checks: ${failedChecks.join(', ')}.`);
  if (code !== 0 && counts.failed === 0) {
    console.log('The run failed outside of its tests; see the errors above.');
  }
  if (counts.passed + counts.failed === 0) console.log('No test was run.');
  console.log(
    `${String(counts.passed)} passed, ${String(counts.failed)} failed, ${String(counts.skipped)} skipped`,
  );
  return code === 0 && failedChecks.length === 0 && counts.failed === 0 && counts.passed > 0;
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
