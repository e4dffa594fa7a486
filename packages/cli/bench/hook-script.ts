/**
 * What a hook and the status line cost Claude Code: time from the start of `sh -c` to its end, with
 * the server up, refusing, out of reach and hanging. Prints a table; with `--json FILE` writes the rows as well.
 */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { runCommand, runHook, runStatusLine, temporaryHome } from '../src/testing/hook-run.ts';
import { startHookServer } from '../src/testing/hook-server.ts';

const RUNS = Number(process.env['RUNS'] ?? 300);
/** Seconds of a hang, and the pause between two hooks of the session that meets it. */
const HANG_SECONDS = Number(process.env['HANG_SECONDS'] ?? 40);
const PAUSE_MS = 100;
const STATUS_LINE = JSON.stringify({ session_id: 'bench', x: 'x'.repeat(1000) });
const PAYLOAD = JSON.stringify({
  session_id: 'bench',
  hook_event_name: 'PreToolUse',
  tool_name: 'Bash',
  tool_input: { command: 'x'.repeat(1000) },
});

interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
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
  return percentiles(name, times, goals);
}

/** The median and the 99th percentile. */
function percentiles(
  name: string,
  times: readonly number[],
  goals: readonly (number | undefined)[],
): Row[] {
  const sorted = times.toSorted((a, b) => a - b);
  return ([0.5, 0.99] as const).map((share, i) => {
    const value = sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
    return row(`${name} p${share * 100}`, value, 'ms', goals[i]);
  });
}

function row(name: string, exact: number, unit: string, limit: number | undefined): Row {
  const value = Math.round(exact * 10) / 10;
  const goal = limit ?? null;
  return { name, value, unit, goal, met: goal === null ? null : value <= goal };
}

/** The user's own status line in these runs. */
const OWN = 'cat >/dev/null; echo mine';

async function plain(command: string, input: string): Promise<number> {
  return (await runCommand(['/bin/sh', '-c', command], input)).milliseconds;
}

/** A server at `url` that takes connections and never answers. */
async function hanging(): Promise<{ url: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** TEST-NET-1, which nothing routes to; where it is refused at once, that is what a session sees. */
const UNROUTABLE = 'http://192.0.2.1:5055';
const REFUSED = 'http://127.0.0.1:2';

async function hookRows(name: string, url: string, goals: (number | undefined)[]): Promise<Row[]> {
  using home = temporaryHome(url);
  const run = async () => (await runHook({ home, payload: PAYLOAD })).milliseconds;
  return await measure(`hook, server ${name}`, goals, run);
}

/** Milliseconds that the wrapper adds to the own command: run in turn, and compared. */
async function statusLineRows(name: string, url: string): Promise<Row[]> {
  using home = temporaryHome(url);
  const added: number[] = [];
  const input = `${STATUS_LINE}\n`;
  for (let i = -10; i < RUNS; i += 1) {
    const without = await plain(OWN, input);
    const run = await runStatusLine({ home, own: OWN, input });
    if (run.stdout !== 'mine\n' || run.stderr !== '') throw new Error('the status line changed');
    if (i >= 0) added.push(run.milliseconds - without);
  }
  return percentiles(`status line adds, server ${name}`, added, [10, 50]);
}

/** A hang that a session meets in its middle: events as they come, over more than one pause. */
async function hangInSession(): Promise<Row[]> {
  await using server = await hanging();
  using home = temporaryHome(server.url);
  const times: number[] = [];
  const until = performance.now() + HANG_SECONDS * 1000;
  while (performance.now() < until) {
    times.push((await runHook({ home, payload: PAYLOAD })).milliseconds);
    await setTimeout(PAUSE_MS);
  }
  const slow = times.filter((ms) => ms > 50).length;
  return [
    ...percentiles(`hook, server hangs for ${HANG_SECONDS} s`, times, [undefined, 50]),
    row('hooks over 50 ms in that time', slow, 'hooks', undefined),
    row('of', times.length, 'hooks', undefined),
  ];
}

async function main(): Promise<Row[]> {
  const startedAt = new Date().toISOString();
  const rows = await measure('baseline: sh -c cat', [], async () =>
    plain('cat >/dev/null', PAYLOAD),
  );
  {
    await using server = await startHookServer();
    rows.push(...(await hookRows('up', server.url, [25])));
    rows.push(...(await statusLineRows('up', server.url)));
  }
  for (const [name, url] of [
    ['refuses', REFUSED],
    ['unroutable', UNROUTABLE],
  ] as const) {
    rows.push(...(await hookRows(name, url, [undefined, 50])));
    rows.push(...(await statusLineRows(name, url)));
  }
  rows.push(...(await hangInSession()));
  {
    await using server = await hanging();
    rows.push(...(await statusLineRows('hangs', server.url)));
  }
  for (const { name, value, unit, goal } of rows) {
    process.stdout.write(
      `${name.padEnd(42)} ${String(value).padStart(8)} ${unit}${goal === null ? '' : `  (goal ${goal})`}\n`,
    );
  }
  const file = process.argv[process.argv.indexOf('--json') + 1];
  if (process.argv.includes('--json') && file) {
    writeFileSync(file, `${JSON.stringify({ startedAt, rows }, undefined, 2)}\n`);
  }
  return rows;
}

process.exitCode = (await main()).some((row) => row.met === false) ? 1 : 0;
