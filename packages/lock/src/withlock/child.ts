/**
 * The command that runs under a lock. It gets a process group of its own, so that all of it can be
 * ended. A shell beside it ends it too should this process be killed: then nobody else is left who
 * knows that the lock is gone.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import os from 'node:os';
import { Writable } from 'node:stream';

/**
 * The command starts on our word, when the watcher is there. Should we die before, it never starts.
 * The shell gives 127 for a command that it does not find, 126 for one that it may not run.
 */
const GATE = 'read word <&3 || exit 70; exec "$@" 3<&-';
/** Ends the group when our end of the pipe closes without a word. */
const WATCHER = 'read word && exit 0; kill -s TERM -- "-$1"; sleep $2; kill -s KILL -- "-$1"';
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

export interface RunningChild {
  /** Exit code; 128 + n when signal n ended it. */
  readonly exited: Promise<number>;
  /** SIGTERM now, SIGKILL after the grace time. */
  terminate(): void;
}

export function runChild(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  graceMs: number,
): RunningChild {
  const child = spawn('/bin/sh', ['-c', GATE, 'sh', command, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
    env: { ...process.env, ...environment },
    detached: true,
  });
  const watcher = child.pid === undefined ? null : watch(child.pid, graceMs);
  const gate = child.stdio[3];
  if (gate instanceof Writable) gate.on('error', () => {}).end('go\n');
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // It has ended by itself.
    }
  };
  for (const name of FORWARDED) process.on(name, signal);
  let killTimer: NodeJS.Timeout | null = null;
  const exited = new Promise<number>((resolve) => {
    child.once('error', (error) => {
      console.error(`withlock: ${command}: ${error.message}`);
      resolve(126);
    });
    child.once('exit', (code, name) =>
      resolve(code ?? 128 + (name === null ? 0 : os.constants.signals[name])),
    );
  }).finally(() => {
    if (killTimer !== null) clearTimeout(killTimer);
    for (const name of FORWARDED) process.off(name, signal);
    watcher?.stdin?.end('done\n');
  });
  return {
    exited,
    terminate: () => {
      signal('SIGTERM');
      killTimer ??= setTimeout(() => signal('SIGKILL'), graceMs);
    },
  };
}

function watch(pid: number, graceMs: number): ChildProcess {
  const args = ['-c', WATCHER, 'sh', String(pid), String(Math.ceil(graceMs / 1_000))];
  const watcher = spawn('/bin/sh', args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  watcher.on('error', () => {});
  watcher.stdin.on('error', () => {});
  watcher.unref();
  return watcher;
}
