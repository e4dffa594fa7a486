/** Start takers (taker.ts) and hear what they say. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach } from 'vitest';
import type { AdvisoryLocksOptions } from '../src/index.ts';
import { until } from './fixture.ts';

export interface Taker {
  readonly process: ChildProcess;
  readonly said: string[];
  /** Wait until it has said something that starts so; returns that line. */
  says(start: string): Promise<string>;
  release(): void;
  signal(name: NodeJS.Signals): void;
}

const takers: Taker[] = [];

afterEach(() => {
  for (const taker of takers.splice(0)) taker.process.kill('SIGKILL');
});

export function startTaker(
  url: string,
  id: number,
  options: Partial<AdvisoryLocksOptions> = {},
): Taker {
  const program = fileURLToPath(new URL('./taker.ts', import.meta.url));
  const child = spawn(process.execPath, [program, url, String(id), JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const said: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => said.push(line));
  const find = (start: string): string | undefined => said.find((line) => line.startsWith(start));
  const taker: Taker = {
    process: child,
    said,
    says: async (start) => {
      await until(`the taker says ${start}`, () => find(start) !== undefined);
      return find(start) ?? '';
    },
    release: () => void child.stdin.write('release\n'),
    signal: (name) => void child.kill(name),
  };
  takers.push(taker);
  return taker;
}
