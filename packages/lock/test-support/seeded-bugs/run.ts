/**
 * Puts each bug of bugs.ts into a copy of the package and looks who catches it: the simulation, else
 * the test that the bug names. Prints the list; exit code 1 when a bug gets through. Arguments: names
 * (parts of them) of bugs to try, else all.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SEEDED_BUGS, type SeededBug } from './bugs.ts';

const PACKAGE = path.resolve(import.meta.dirname, '../..');
const ROOT = path.resolve(PACKAGE, '../..');
const WORK = path.join(ROOT, '.cache', 'seeded-bugs');
const SEEDS = '2000';
/** A bug may make a run endless. */
const LIMIT_MS = 60_000;

interface Verdict {
  readonly by: string | null;
  readonly how: string;
}

function copyPackage(): string {
  const copy = path.join(WORK, 'lock');
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  for (const part of ['src', 'test-support', 'bin', 'package.json'])
    cpSync(path.join(PACKAGE, part), path.join(copy, part), { recursive: true });
  const config = 'export default { test: { testTimeout: 30_000, hookTimeout: 60_000 } };\n';
  writeFileSync(path.join(copy, 'vitest.config.mjs'), config);
  return copy;
}

function plant(bug: SeededBug): string {
  const copy = copyPackage();
  const file = path.join(copy, bug.file);
  const text = readFileSync(file, 'utf8');
  if (text.split(bug.find).length !== 2)
    throw new Error(`${bug.name}: the text to change occurs not exactly once in ${bug.file}`);
  writeFileSync(
    file,
    text.replace(bug.find, () => bug.replace),
  );
  return copy;
}

function tryBug(bug: SeededBug): Verdict {
  const copy = plant(bug);
  if (bug.test === undefined) {
    const run = simulate(copy);
    const how = /^(seed|unhandled).*$/m.exec(run.stdout)?.[0] ?? 'it did not end';
    return { by: run.status === 0 ? null : 'simulation', how };
  }
  const run = runTest(copy, bug.test);
  const how = /FAIL\s+(.*)$/m.exec(run.stdout)?.[1] ?? 'it did not end';
  return { by: run.status === 0 ? null : bug.test, how };
}

/** Without a bug nothing may fail, else a catch would prove nothing. */
function control(bugs: readonly SeededBug[]): boolean {
  const copy = copyPackage();
  const failed = [...new Set(bugs.map(({ test }) => test))].filter((test) => {
    const { status } = test === undefined ? simulate(copy) : runTest(copy, test);
    return status !== 0;
  });
  for (const test of failed) console.log(`FAILED without any bug: ${test ?? 'simulation'}`);
  return failed.length === 0;
}

const simulate = (copy: string): Outcome =>
  start(copy, [path.join(copy, 'test-support/simulation/run.ts'), SEEDS]);

const runTest = (copy: string, test: string): Outcome =>
  start(copy, [path.join(ROOT, 'node_modules/vitest/vitest.mjs'), 'run', '--root', copy, test]);

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
}

function start(cwd: string, args: string[]): Outcome {
  const env = { ...process.env, NO_COLOR: '1' };
  const run = spawnSync(process.execPath, args, { cwd, env, encoding: 'utf8', timeout: LIMIT_MS });
  return { status: run.status, stdout: run.stdout + run.stderr };
}

const wanted = process.argv.slice(2);
const bugs = SEEDED_BUGS.filter(
  ({ name }) => wanted.length === 0 || wanted.some((part) => name.includes(part)),
);
if (!control(bugs)) process.exit(1);
console.log('Without a bug: the simulation and every named test pass.');
let missed = 0;
for (const bug of bugs) {
  const { by, how } = tryBug(bug);
  if (by === null) missed++;
  console.log(
    `${by === null ? 'MISSED' : 'caught'}  ${bug.name}${by === null ? '' : `\n        by ${by}: ${how}`}`,
  );
}
rmSync(WORK, { recursive: true, force: true });
console.log(`${bugs.length - missed} of ${bugs.length} seeded bugs are caught.`);
process.exit(missed === 0 ? 0 : 1);
