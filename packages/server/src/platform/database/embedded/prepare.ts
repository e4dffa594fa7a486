/** Makes the embedded cluster before its first start, complete or not at all. */
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { hasCode } from '../../error-code.ts';
import { StartError } from '../start-error.ts';
import { initCluster, isAlive, type Cluster } from './cluster.ts';
import { makeFolder, type EmbeddedLocation } from './location.ts';

/** Passwords of the superuser and of the role that Headspace works as. In a file of mode 0600. */
const credentialsSchema = z.object({ superuser: z.string(), application: z.string() });
export type Credentials = z.infer<typeof credentialsSchema>;

const CREDENTIALS_FILE = 'credentials.json';
const STAGING = /^postgres-new-(\d+)-/;

/**
 * Creates the cluster unless it exists, and returns its credentials. It is made beside its place
 * and renamed, so a start that was killed half-way leaves no half cluster, and of two starts at
 * once one wins. Throws StartError.
 */
export async function prepareCluster(
  location: EmbeddedLocation,
  cluster: Cluster,
): Promise<{ credentials: Credentials; created: boolean }> {
  const parent = path.dirname(location.folder);
  await removeAbandoned(parent);
  const existing = await readCredentials(location.folder);
  if (existing !== undefined) {
    await refuseOtherMajor(cluster);
    return { credentials: existing, created: false };
  }
  await makeFolder(parent);
  const staging = await mkdtemp(path.join(parent, `postgres-new-${String(process.pid)}-`));
  try {
    const made = await makeIn(staging, cluster);
    // Fails when another start was first; its cluster is as good as ours.
    const created = await renameUnlessThere(staging, location.folder);
    return created
      ? { credentials: made, created }
      : { credentials: await mustReadCredentials(location.folder), created };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function makeIn(folder: string, cluster: Cluster): Promise<Credentials> {
  if (cluster.account !== undefined) await chmod(folder, 0o711);
  const password = (): string => randomBytes(24).toString('base64url');
  const credentials: Credentials = { superuser: password(), application: password() };
  await writeFile(path.join(folder, CREDENTIALS_FILE), JSON.stringify(credentials), {
    mode: 0o600,
  });
  await initCluster(
    { ...cluster, dataDir: path.join(folder, 'data') },
    { password: credentials.superuser, durable: true },
  );
  return credentials;
}

async function renameUnlessThere(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'ENOTEMPTY', 'EEXIST')) return false;
    throw error;
  }
}

async function readCredentials(folder: string): Promise<Credentials | undefined> {
  try {
    const text = await readFile(path.join(folder, CREDENTIALS_FILE), 'utf8');
    return credentialsSchema.parse(JSON.parse(text));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function mustReadCredentials(folder: string): Promise<Credentials> {
  const credentials = await readCredentials(folder);
  if (credentials !== undefined) return credentials;
  throw new StartError(
    'cluster_start_failed',
    `${folder} is there but is no database of Headspace`,
    'move that folder away, or choose another HEADSPACE_HOME',
  );
}

/** A data folder works with one major version only; PostgreSQL itself would refuse it in the log. */
async function refuseOtherMajor({ dataDir, binaries }: Cluster): Promise<void> {
  const major = (await readFile(path.join(dataDir, 'PG_VERSION'), 'utf8')).trim();
  if (major === String(binaries.major)) return;
  throw new StartError(
    'cluster_version_mismatch',
    `the database in ${dataDir} was made by PostgreSQL ${major}, and this Headspace brings PostgreSQL ${String(binaries.major)}`,
    `move the data over with pg_upgrade or a dump, or start the Headspace version that brings PostgreSQL ${major}`,
  );
}

/**
 * What starts left behind that were killed while they made the cluster. Their initdb may still run
 * and write; it gives up when its files go. What resists is left for the next start.
 */
async function removeAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent).catch(() => [])) {
    const pid = STAGING.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const options = { recursive: true, force: true, maxRetries: 10, retryDelay: 50 };
    await rm(path.join(parent, name), options).catch(() => undefined);
  }
}
