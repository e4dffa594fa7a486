/**
 * The second PostgreSQL version that the locks are tested on: Debian's 15. Its package is unpacked
 * into the cache and not installed, for installing it would create a cluster on the machine.
 */
import { existsSync, globSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { exec, ROOT } from './exec.ts';

const INSTALLED = '/usr/lib/postgresql/15/bin/postgres';
const FOLDER = path.join(ROOT, '.cache', 'postgresql-15');

/** Null where it is there, else a sentence on what to do. */
export async function ensurePostgres15(): Promise<string | null> {
  if (existsSync(INSTALLED) || existsSync(path.join(FOLDER, INSTALLED))) return null;
  return (await unpack())
    ? null
    : 'the locks on PostgreSQL 15: install postgresql-15 (Debian: sudo apt-get install postgresql-15) and run again.';
}

async function unpack(): Promise<boolean> {
  const partial = `${FOLDER}.new`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  const download = 'cd "$1" && apt-get -q download postgresql-15';
  const { code } = await exec('/bin/sh', ['-c', download, 'sh', partial]);
  const [file] = globSync(path.join(partial, '*.deb'));
  if (code !== 0 || file === undefined) return false;
  const unpacked = await exec('dpkg', ['-x', file, partial]);
  const runs = await exec(path.join(partial, INSTALLED), ['--version']);
  if (unpacked.code !== 0 || runs.code !== 0) return false;
  rmSync(file);
  renameSync(partial, FOLDER);
  return true;
}
