/** The examples of the README run as they stand. */
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { lockFixture } from '../test-support/fixture.ts';

const { pgLocks, url } = lockFixture();
const FOLDER = path.resolve(import.meta.dirname, '../examples');
const EXPECTED: Readonly<Record<string, string>> = {
  'fence-guard.ts': 'written',
  'leader.ts': 'leads with a token: true\nstopped',
  'section.ts': 'idle',
  'shared.ts': `[ 'reader 1', 'reader 2', 'reader 3' ]
[ 'uploaded a', 'uploaded b', 'uploaded c' ]
[ 2, 4 ]
true`,
  'web-locks.ts': 'report exclusive\n1\ntrue',
};

it('are all known', () => {
  expect(readdirSync(FOLDER)).toEqual(Object.keys(EXPECTED));
});

it.each(Object.entries(EXPECTED))('%s', async (file, expected) => {
  const env = { ...process.env, DATABASE_URL: url(), NO_COLOR: '1' };
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(FOLDER, file)], {
    env,
  });
  expect(stdout.trim()).toBe(expected);
  expect(await pgLocks()).toEqual([]);
});
