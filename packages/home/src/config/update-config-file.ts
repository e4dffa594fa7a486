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
const LONGEST_REST_MS = 6;

/** Throws ConfigBusyError, what `edit` throws, and what the file system says. */
export async function updateConfigFile(options: UpdateOptions): Promise<Replaced> {
  const { path, edit, timeoutMs = TIMEOUT_MS, stalledMs = STALLED_MS } = options;
  const lockPath = `${path}.lock`;
  const stall = stallWatch(path, lockPath);
  const end = performance.now() + timeoutMs;
  do {
    const done = attempt(path, lockPath, edit);
    if (done) return done;
    const rest = Math.random() * LONGEST_REST_MS;
    await delay(rest);
    // A stopped holder keeps its lock on the old file and can do no harm (replace-file.ts).
    if (stall.sinceMs() > stalledMs) stall.passBy();
  } while (performance.now() < end);
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

/** The longest gap between two looks that counts: a process that slept itself has seen nothing. */
const LONGEST_LOOK_MS = 100;

function stallWatch(path: string, lockPath: string): StallWatch {
  let sign = signOf(path, lockPath);
  let looked = performance.now();
  let stalled = 0;
  return {
    sinceMs() {
      const now = performance.now();
      const next = signOf(path, lockPath);
      stalled = next === sign ? stalled + Math.min(now - looked, LONGEST_LOOK_MS) : 0;
      sign = next;
      looked = now;
      return stalled;
    },
    passBy() {
      if (signOf(path, lockPath) === sign) rmSync(lockPath, { force: true });
      stalled = 0;
    },
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
