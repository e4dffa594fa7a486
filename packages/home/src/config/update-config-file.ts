/**
 * The one way in which `config.yaml` is changed, by server and command line: read, change and write
 * inside one kernel file lock. It needs no server and no database.
 */
import { rmSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { behindLinks } from './config-text.ts';
import { tryFileLock } from './file-lock.ts';
import { replaceFile, temporariesOf, type Edit, type Replaced } from './replace-file.ts';

export interface UpdateOptions {
  readonly path: string;
  readonly edit: Edit;
  /** Give up after this; a writer needs a few milliseconds. */
  readonly timeoutMs?: number;
  /** A holder that shows no sign for so long is taken to be stopped, and passed by. */
  readonly stalledMs?: number;
}

/** Others were at it all the time; nothing was written. */
export class ConfigBusyError extends Error {
  override readonly name = 'ConfigBusyError';
  constructor(path: string) {
    super(`${path} is being changed by others all the time; try again`);
  }
}

const TIMEOUT_MS = 15_000;
const STALLED_MS = 2_000;
const LONGEST_REST_MS = 25;

/** Throws ConfigBusyError, what `edit` throws, and what the file system says. */
export async function updateConfigFile(options: UpdateOptions): Promise<Replaced> {
  const { path, edit, timeoutMs = TIMEOUT_MS, stalledMs = STALLED_MS } = options;
  const lockPath = `${path}.lock`;
  const stall = stallWatch(path, lockPath);
  const waited = stopwatch();
  let longestRest = 2;
  do {
    const done = attempt(path, lockPath, edit);
    if (done) return done;
    await delay(Math.random() * longestRest);
    longestRest = Math.min(longestRest * 1.5, LONGEST_REST_MS);
    // A stopped holder keeps its lock on the old file and can do no harm (replace-file.ts).
    if (stall.sinceMs() > stalledMs) stall.passBy();
  } while (waited() < timeoutMs);
  throw new ConfigBusyError(path);
}

function attempt(path: string, lockPath: string, edit: Edit): Replaced | null {
  using lock = tryFileLock(lockPath);
  return lock === null ? null : replaceFile(path, edit);
}

interface StallWatch {
  /** For how long, as watched by calling this, nothing has moved. */
  sinceMs(): number;
  /** Puts the lock's file out of the way, if it is still the one that was watched. */
  passBy(): void;
}

function stallWatch(path: string, lockPath: string): StallWatch {
  let sign = signOf(path, lockPath);
  let stalled = stopwatch();
  return {
    sinceMs() {
      const next = signOf(path, lockPath);
      if (next !== sign) stalled = stopwatch();
      sign = next;
      return stalled();
    },
    passBy() {
      if (signOf(path, lockPath) === sign) rmSync(lockPath, { force: true });
      stalled = stopwatch();
    },
  };
}

/** The longest gap between two looks that counts. */
const LONGEST_LOOK_MS = 100;

/** Milliseconds that were seen to pass: a process that was stopped itself has seen nothing. */
function stopwatch(): () => number {
  let looked = performance.now();
  let seen = 0;
  return () => {
    const now = performance.now();
    seen += Math.min(now - looked, LONGEST_LOOK_MS);
    looked = now;
    return seen;
  };
}

/** What differs when another writer has come, or the file has been replaced. */
function signOf(path: string, lockPath: string): string {
  const target = behindLinks(path);
  const identity = [lockPath, target].map((file) => {
    const info = statSync(file, { bigint: true, throwIfNoEntry: false });
    return info ? `${String(info.ino)} ${String(info.ctimeNs)}` : '';
  });
  return [...identity, ...temporariesOf(target)].join('|');
}
