import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startCluster, type Cluster } from '../../test-support/cluster.ts';
import { createAdvisoryLocks } from '../index.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
/** More than what fits into one record of TLS (16 KiB) and one statement (512 keys). */
const MANY = 2_000;

describe.skipIf(!hasOpenssl)('over TLS', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'lock-tls-'));
  let cluster: Cluster | null = null;

  beforeAll(async () => {
    cluster = await startCluster({ ssl: 'on', ...certificate(folder) });
  });
  afterAll(async () => {
    await cluster?.remove();
    rmSync(folder, { recursive: true });
  });

  it('takes and gives back one lock and many', async () => {
    const connection = {
      connectionString: cluster?.url('postgres'),
      ssl: { rejectUnauthorized: false },
    };
    const watcher = new Client(connection);
    await watcher.connect();
    await using locks = createAdvisoryLocks({ connection });
    const held = await Promise.all(
      Array.from({ length: MANY }, (_, id) => locks.acquire({ key: BigInt(id) << 40n })),
    );
    const { rows } = await watcher.query(
      'select count(distinct objsubid || classid::text || objid)::int as locks,' +
        ' bool_and(ssl) as encrypted' +
        " from pg_locks join pg_stat_ssl using (pid) where locktype = 'advisory'",
    );
    expect(rows).toEqual([{ locks: MANY, encrypted: true }]);
    await Promise.all(held.map((lock) => lock.release()));
    await locks.advisoryLock(1, -1, {}, (lock) => expect(lock.token).toBeGreaterThan(0n));
    await watcher.end();
  });
});

/** A certificate that signs itself, readable for the server's account only. */
function certificate(folder: string): { ssl_cert_file: string; ssl_key_file: string } {
  const [cert, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
  const text = `req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -out ${cert} -keyout ${key}`;
  execFileSync('openssl', text.split(' '), { stdio: 'pipe' });
  chmodSync(folder, 0o755);
  chmodSync(key, 0o600);
  if (process.getuid?.() === 0) chownSync(key, 65_534, 65_534);
  return { ssl_cert_file: cert, ssl_key_file: key };
}
