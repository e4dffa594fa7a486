/**
 * `npm start`, `npm test` … come through here. Plain JavaScript, because it has to run on whatever
 * Node the machine has and before anything is installed: it installs what is missing, then runs
 * the task with the Node that the repository pins.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureInstalled, pinnedNode } from './install.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');

/** Programs that run one after the other; the last one gets the arguments of the command line. */
const TASKS = {
  start: ['scripts/build-web.ts', 'packages/server/src/main.ts'],
  test: ['scripts/test.ts'],
  check: ['scripts/check.ts'],
  demo: ['scripts/build-web.ts', 'packages/demo/src/main.ts'],
  bench: ['bench/src/bench.ts'],
  'bench:lock': ['packages/lock/bench/bench.ts'],
  'prove:lock': ['packages/lock/test-support/prove.ts'],
  chaos: ['bench/src/chaos.ts'],
};

async function main() {
  const [task = '', ...args] = process.argv.slice(2);
  const programs = Object.hasOwn(TASKS, task) ? TASKS[task] : undefined;
  if (programs === undefined) {
    return fail(`"${task}" is no task. Tasks: ${Object.keys(TASKS).join(', ')}.`);
  }
  const absent = programs.find((program) => !existsSync(path.join(ROOT, program)));
  if (absent !== undefined) return fail(`${task}: ${absent} is not part of this version.`);

  ensureInstalled(ROOT);
  for (const [index, program] of programs.entries()) {
    const isLast = index === programs.length - 1;
    const code = await run(pinnedNode(ROOT), [program, ...(isLast ? args : [])]);
    if (code !== 0) return code;
  }
  return 0;
}

/** Runs a program on our terminal. Resolves with its exit code, 128 + n when signal n ended it. */
function run(file, args) {
  const bin = path.join(ROOT, 'node_modules', '.bin');
  const child = spawn(file, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}` },
  });
  // Ctrl-C reaches the whole group of a terminal, the child too: one more would be a second Ctrl-C.
  const forward = (signal) => {
    if (signal === 'SIGINT' && process.stdin.isTTY) return;
    child.kill(signal);
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(code ?? 128 + (os.constants.signals[signal] ?? 0));
    });
  });
}

function fail(sentence) {
  console.error(sentence);
  return 2;
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = fail(error instanceof Error ? error.message : String(error));
}
