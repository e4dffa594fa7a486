/** Builds the dashboard into packages/web/dist when its sources are newer than the last build. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';

const WEB = path.resolve(import.meta.dirname, '../packages/web');
const SOURCES = [WEB, path.resolve(WEB, '../contract')];
const SKIPPED = new Set(['dist', 'node_modules']);
/** Written last: a build that was interrupted has none. */
const STAMP = path.join(WEB, 'dist', '.built');
/** Holds the pid of the process that builds. Not beside the sources: their age is what counts. */
const LOCK = path.resolve(import.meta.dirname, '../.cache/build-web.lock');

/** Time of the newest file or folder, in ms. A folder's own time tells of files that were removed. */
function newest(folder: string): number {
  let time = statSync(folder).mtimeMs;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (SKIPPED.has(entry.name)) continue;
    const file = path.join(folder, entry.name);
    time = Math.max(time, entry.isDirectory() ? newest(file) : statSync(file).mtimeMs);
  }
  return time;
}

/** The folder packages/web itself changes when dist appears in it; its files are what counts. */
function newestSource(): number {
  const files = SOURCES.flatMap((source) =>
    readdirSync(source)
      .filter((name) => !SKIPPED.has(name))
      .map((name) => path.join(source, name)),
  );
  return Math.max(
    ...files.map((file) => (statSync(file).isDirectory() ? newest(file) : statSync(file).mtimeMs)),
  );
}

function build(): number {
  console.error('Building the dashboard.');
  rmSync(STAMP, { force: true });
  const vite = path.resolve(import.meta.dirname, '../node_modules/vite/bin/vite.js');
  const { status } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: WEB,
    stdio: ['ignore', 2, 2],
  });
  if (status === 0) writeFileSync(STAMP, '');
  return status ?? 1;
}

/**
 * Runs `body` while no other process does: test files that need the dashboard start at the same time,
 * and a build begins by emptying the folder.
 */
function alone(body: () => void): void {
  mkdirSync(path.dirname(LOCK), { recursive: true });
  for (;;) {
    try {
      writeFileSync(LOCK, String(process.pid), { flag: 'wx' });
      break;
    } catch {
      if (!isHeld()) rmSync(LOCK, { force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
  try {
    body();
  } finally {
    rmSync(LOCK, { force: true });
  }
}

/** False where the process that wrote the lock is gone. One that is just being written counts. */
function isHeld(): boolean {
  try {
    const pid = Number(readFileSync(LOCK, 'utf8'));
    if (pid > 0) process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

if (!existsSync(path.join(WEB, 'index.html'))) {
  console.error('There is no dashboard to build in this version.');
} else {
  alone(() => {
    if (!existsSync(STAMP) || newestSource() > statSync(STAMP).mtimeMs) process.exitCode = build();
  });
}
