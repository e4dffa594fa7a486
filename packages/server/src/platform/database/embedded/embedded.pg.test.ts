import { spawn } from 'node:child_process';
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { asAccount, serviceAccount } from './account.ts';
import { signal, waitUntilGone } from './cluster.ts';
import { runningPostmaster } from './postmaster-file.ts';
import { createHome, query, startApart, startHere } from './testing/harness.ts';

async function postmasterPid(dataDir: string): Promise<number> {
  const running = await runningPostmaster(dataDir);
  if (running === undefined) throw new Error(`no PostgreSQL runs on ${dataDir}`);
  return running.pid;
}

describe('starting and stopping', () => {
  test('makes a cluster, keeps its data and address, stops it', async () => {
    await using home = await createHome();
    const first = await startHere(home);
    const { dataDir, folder } = first.location;
    expect(first.events.map(({ kind }) => kind)).toEqual(['created', 'started']);
    await query(first.url, 'create table kept as select 1 as n');
    expect(
      await query(
        first.url,
        `select current_setting('data_checksums') as checksums, current_setting('server_encoding') as encoding,
                datcollate as collation, usesuper as superuser,
                current_setting('fsync') || current_setting('synchronous_commit') as durable
         from pg_database, pg_user where datname = current_database() and usename = current_user`,
      ),
    ).toEqual([
      { checksums: 'on', encoding: 'UTF8', collation: 'C', superuser: false, durable: 'onon' },
    ]);
    await first.stop();
    expect(first.events.at(-1)?.kind).toBe('stopped');
    expect(await runningPostmaster(dataDir)).toBeUndefined();

    await using second = await startHere(home);
    expect(second.url).toBe(first.url);
    expect(second.events.map(({ kind }) => kind)).toEqual(['started']);
    expect(await query(second.url, 'select n from kept')).toEqual([{ n: 1 }]);
    expect((await stat(path.join(folder, 'credentials.json'))).mode & 0o777).toBe(0o600);
  });

  test('lets nobody in without the password', async () => {
    await using home = await createHome();
    await using postgres = await startHere(home);
    const url = new URL(postgres.url);
    for (const [role, password] of [
      ['postgres', ''],
      ['postgres', 'postgres'],
      ['headspace', 'wrong'],
    ] as const) {
      url.username = role;
      url.password = password;
      await expect(query(url.href, 'select 1')).rejects.toThrow(/password/);
    }
  });

  test('two that start at once on an empty home share one PostgreSQL; the last one stops it', async () => {
    await using home = await createHome();
    using one = startApart(home);
    using two = startApart(home);
    const [first, second] = await Promise.all([one.waitFor('ready'), two.waitFor('ready')]);
    expect(first.url).toBe(second.url);
    const kinds = [...one.events, ...two.events].map(({ kind }) => kind).sort();
    expect(kinds).toEqual(['created', 'ready', 'ready', 'started', 'taken_over']);
    await one.end('SIGTERM');
    expect(one.events.at(-1)?.kind).toBe('left_running');
    expect(await query(String(first.url), 'select 1 as n')).toEqual([{ n: 1 }]);
    await two.end('SIGTERM');
    expect(two.events.at(-1)?.kind).toBe('stopped');
    await expect(query(String(first.url), 'select 1')).rejects.toThrow('ECONNREFUSED');
  });
});

describe('when something dies', () => {
  test('PostgreSQL killed: it is started again on the same address with its data', async () => {
    await using home = await createHome();
    await using postgres = await startHere(home);
    await query(postgres.url, 'create table kept as select 1 as n');
    const pid = await postmasterPid(postgres.location.dataDir);
    signal(pid, 'SIGKILL');
    await waitUntilGone(postgres.location.dataDir, pid, 10_000);
    await expect
      .poll(() => query(postgres.url, 'select n from kept').catch(() => []), { timeout: 15_000 })
      .toEqual([{ n: 1 }]);
    await expect
      .poll(() => postgres.events.map(({ kind }) => kind))
      .toEqual(['created', 'started', 'lost', 'started']);
  });

  test('PostgreSQL that cannot be restarted is tried again until it can', async () => {
    await using home = await createHome();
    await using postgres = await startHere(home);
    const control = path.join(postgres.location.dataDir, 'global', 'pg_control');
    await rename(control, `${control}.away`);
    signal(await postmasterPid(postgres.location.dataDir), 'SIGKILL');
    const failures = (): number =>
      postgres.events.filter(({ kind }) => kind === 'restart_failed').length;
    await expect.poll(failures, { timeout: 15_000 }).toBeGreaterThanOrEqual(2);
    await rename(`${control}.away`, control);
    await expect.poll(() => postgres.events.at(-1)?.kind, { timeout: 15_000 }).toBe('started');
    expect(await query(postgres.url, 'select 1 as n')).toEqual([{ n: 1 }]);
  });

  test('the server killed: the next start takes the orphaned PostgreSQL over', async () => {
    await using home = await createHome();
    using killed = startApart(home);
    const { url } = await killed.waitFor('ready');
    await killed.end('SIGKILL');
    expect(await query(String(url), 'select 1 as n')).toEqual([{ n: 1 }]);
    await using next = await startHere(home);
    expect(next.url).toBe(url);
    expect(next.events).toEqual([
      expect.objectContaining({ kind: 'taken_over', pid: (await killed.waitFor('started')).pid }),
    ]);
    await next.stop();
    expect(next.events.at(-1)?.kind).toBe('stopped');
    await expect(query(String(url), 'select 1')).rejects.toThrow('ECONNREFUSED');
  });

  test('both killed: a left-behind postmaster.pid does not stop the next start', async () => {
    await using home = await createHome();
    using killed = startApart(home);
    await killed.waitFor('ready');
    const { pid } = await killed.waitFor('started');
    await killed.end('SIGKILL');
    signal(Number(pid), 'SIGKILL');
    await using next = await startHere(home);
    expect(next.events.map(({ kind }) => kind)).toEqual(['started']);
  });

  test('postmaster.pid names a living process of another program', async () => {
    await using home = await createHome();
    const first = await startHere(home);
    const { dataDir } = first.location;
    const file = path.join(dataDir, 'postmaster.pid');
    const content = await readFile(file, 'utf8');
    await first.stop();
    // Of the same account: PostgreSQL takes such a process for a server of its own.
    const stranger = spawn('sleep', ['60'], { ...asAccount(await serviceAccount()), cwd: '/' });
    try {
      await writeFile(file, content.replace(/^\d+/, String(stranger.pid)));
      await using next = await startHere(home);
      expect(next.events.map(({ kind }) => kind)).toEqual(['started']);
    } finally {
      stranger.kill();
    }
  });

  test('a start that was killed while it made the cluster leaves nothing in the way', async () => {
    await using home = await createHome();
    using killed = startApart(home);
    const homeFolder = async (): Promise<string> =>
      (await readdir(home.home).catch(() => [])).join(' ');
    await expect.poll(homeFolder, { interval: 5 }).toContain('postgres-new-');
    await killed.end('SIGKILL');
    await using next = await startHere(home);
    expect(next.events.map(({ kind }) => kind)).toEqual(['created', 'started']);
    expect((await homeFolder()).trim()).toBe('postgres');
  });
});
