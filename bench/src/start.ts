/** From the command to a server that is ready, with a new home and with an old one. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { atMost, type Row } from './report.ts';

const MAIN = fileURLToPath(new URL('../../packages/server/src/main.ts', import.meta.url));

export async function startBench(): Promise<Row[]> {
  const home = await mkdtemp(path.join(tmpdir(), 'headspace-bench-'));
  // Open to the account that PostgreSQL runs as under root, so that its data goes with the folder.
  await chmod(home, 0o755);
  try {
    const cold = await timeToReady(home);
    const warm = [await timeToReady(home), await timeToReady(home), await timeToReady(home)];
    return [
      atMost('ready, new home', cold, 's', 10),
      atMost('ready, old home (median of 3)', warm.toSorted((a, b) => a - b)[1] ?? 0, 's', 3),
    ];
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function timeToReady(home: string): Promise<number> {
  const begun = performance.now();
  const child = spawn(process.execPath, [MAIN], {
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: home,
      HEADSPACE_HOME: path.join(home, 'headspace'),
      HEADSPACE_SERVER_PORT: '0',
      HEADSPACE_LOG_LEVEL: 'silent',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
  let url: string | undefined;
  while (url === undefined) {
    await once(child.stdout, 'data');
    url = /running at (http:\S+)/.exec(output)?.[1];
  }
  while (!(await fetch(`${url}/health/ready`)).ok);
  const seconds = (performance.now() - begun) / 1000;
  child.kill('SIGTERM');
  await once(child, 'close');
  return seconds;
}
