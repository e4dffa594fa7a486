/**
 * A lock between processes that the kernel holds on a file, and takes back when its holder dies.
 *
 * Node has no flock. SQLite, which is part of Node, locks its files with `fcntl(F_SETLK)` on Linux
 * and macOS, and minds the trap of those locks, that closing any other descriptor of the file in the
 * same process drops them (https://www.sqlite.org/howtocorrupt.html, section 2.2). An exclusive
 * transaction on a file that stays empty is all that is used of it. Measured: 0.1 ms in all.
 */
import { DatabaseSync } from 'node:sqlite';

/** Primary result code of SQLite for a lock that somebody else has. */
const SQLITE_BUSY = 5;

/** Takes the lock if it is free, without waiting; null where somebody holds it. */
export function tryFileLock(path: string): Disposable | null {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (isBusy(error)) return null;
    throw error;
  }
  return { [Symbol.dispose]: () => database.close() };
}

function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false;
  return (Number(error.errcode) & 0xff) === SQLITE_BUSY;
}
