/**
 * What a hook costs Claude Code: time from the start of `sh -c` to its end, with the server up,
 * down (refused) and hanging. Prints a table; with `--json FILE` writes the rows as well.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { runHook, temporaryHome } from '../src/testing/hook-run.ts';
import { startHookServer } from '../src/testing/hook-server.ts';

const RUNS = Number(process.env['RUNS'] ?? 300);
const PAYLOAD = JSON.stringify({
  session_id: 'bench',
  hook_event_name: 'PreToolUse',
  tool_name: 'Bash',
  tool_input: { command: 'x'.repeat(1000) },
});

interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: 'ms';
  readonly goal: number | null;
  readonly met: boolean | null;
}

async function measure(
  name: string,
  goals: readonly (number | undefined)[],
  run: () => Promise<number>,
) {
  for (let i = 0; i < 10; i += 1) await run();
  const times: number[] = [];
  for (let i = 0; i < RUNS; i += 1) times.push(await run());
  times.sort((a, b) => a - b);
  return ([0.5, 0.99] as const).map((share, i): Row => {
    const value = Math.round((times[Math.floor(RUNS * share)] ?? 0) * 10) / 10;
    const goal = goals[i] ?? null;
    return {
      name: `${name} p${share * 100}`,
      value,
      unit: 'ms',
      goal,
      met: goal === null ? null : value <= goal,
    };
  });
}

async function emptyShell(): Promise<number> {
  const started = performance.now();
  const child = spawn('/bin/sh', ['-c', 'cat >/dev/null']);
  child.stdin.end(PAYLOAD);
  await new Promise((resolve) => child.on('close', resolve));
  return performance.now() - started;
}

async function main(): Promise<Row[]> {
  const startedAt = new Date().toISOString();
  const rows = await measure('baseline: sh -c cat', [], emptyShell);
  {
    await using server = await startHookServer();
    using home = temporaryHome(server.url);
    const run = async () => (await runHook({ home, payload: PAYLOAD })).milliseconds;
    rows.push(...(await measure('server up', [25], run)));
    if (home.spooled().length > 0) throw new Error('not every event was delivered');
  }
  {
    using home = temporaryHome('http://127.0.0.1:2');
    const run = async () => (await runHook({ home, payload: PAYLOAD })).milliseconds;
    rows.push(...(await measure('server down', [undefined, 50], run)));
  }
  {
    const hanging = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => hanging.once('listening', resolve));
    using home = temporaryHome(`http://127.0.0.1:${(hanging.address() as AddressInfo).port}`);
    const run = async () => (await runHook({ home, payload: PAYLOAD })).milliseconds;
    const first = Math.round(await run());
    rows.push({
      name: 'server hangs, first event',
      value: first,
      unit: 'ms',
      goal: 2000,
      met: first <= 2000,
    });
    rows.push(...(await measure('server hangs, after that', [undefined, 50], run)));
    hanging.close();
  }
  for (const { name, value, goal } of rows) {
    process.stdout.write(
      `${name.padEnd(30)} ${String(value).padStart(8)} ms${goal === null ? '' : `  (goal ${goal})`}\n`,
    );
  }
  const file = process.argv[process.argv.indexOf('--json') + 1];
  if (process.argv.includes('--json') && file) {
    writeFileSync(file, `${JSON.stringify({ startedAt, rows }, undefined, 2)}\n`);
  }
  return rows;
}

process.exitCode = (await main()).some((row) => row.met === false) ? 1 : 0;
