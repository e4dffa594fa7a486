/** Runs programs of the repository for the scripts beside this file. */
import { spawn } from 'node:child_process';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '..');

export interface Outcome {
  /** Exit code; 1 when a signal ended the program or it could not be started. */
  readonly code: number;
  /** What it printed, both streams in order of arrival. Empty when it was shown directly. */
  readonly output: string;
}

interface ExecOptions {
  /** true: on our terminal, as it comes. Default: collected. */
  readonly show?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program in the repository's root, without standard input. Never rejects. */
export async function exec(
  file: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<Outcome> {
  const show = options.show ?? false;
  const child = spawn(file, args, {
    cwd: ROOT,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
  });
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const stop = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.once('SIGTERM', stop);
  return await new Promise((resolve) => {
    const end = (code: number, more = ''): void => {
      process.off('SIGTERM', stop);
      resolve({ code, output: Buffer.concat(chunks).toString('utf8') + more });
    };
    child.once('error', (error) => {
      end(1, `${file}: ${error.message}\n`);
    });
    child.once('close', (code) => {
      end(code ?? 1);
    });
  });
}

/** A tool that npm installed, run by its own file: `tool('knip/bin/knip.js')`. */
export function tool(file: string): string {
  return path.join(ROOT, 'node_modules', file);
}
