import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { ensureHome, homePaths, readLine } from './home.ts';

const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), 'headspace-home-'));
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('the home folder', () => {
  it('is HEADSPACE_HOME, else .headspace in the home of the user', () => {
    expect(homePaths({ HEADSPACE_HOME: '/x', HOME: '/home/a' }).home).toBe('/x');
    expect(homePaths({ HOME: '/home/a' }).hookToken).toBe('/home/a/.headspace/hook-token');
  });

  it('is made closed to others, with two different tokens and a host id', () => {
    const paths = homePaths({ HEADSPACE_HOME: join(folder(), 'a', 'b') });
    ensureHome(paths);
    // As root a way through stays open for the account of the embedded PostgreSQL.
    expect(mode(paths.home)).toBe(process.getuid?.() === 0 ? '711' : '700');
    expect(mode(paths.spool)).toBe('700');
    expect(mode(paths.hookToken)).toBe('600');
    expect(mode(paths.operatorToken)).toBe('600');
    expect(readLine(paths.hookToken)).toMatch(/^[\w-]{43}$/);
    expect(readLine(paths.operatorToken)).not.toBe(readLine(paths.hookToken));
    expect(readLine(paths.hostId)).toMatch(/^[0-9a-f-]{36}$/);
    expect(readLine(paths.hookAuth)).toBe(`authorization: Bearer ${readLine(paths.hookToken)}`);
  });

  it('keeps what is there and closes what is open', () => {
    const paths = homePaths({ HEADSPACE_HOME: folder() });
    mkdirSync(paths.home, { recursive: true });
    writeFileSync(paths.hookToken, 'mine\n');
    writeFileSync(paths.operatorToken, '');
    chmodSync(paths.hookToken, 0o644);
    chmodSync(paths.home, 0o755);
    ensureHome(paths);
    expect(readLine(paths.hookToken)).toBe('mine');
    expect(readLine(paths.operatorToken)).toMatch(/^[\w-]{43}$/);
    expect(mode(paths.hookToken)).toBe('600');
    expect(mode(paths.home)).toBe('711');
    expect(readLine(paths.hookAuth)).toBe('authorization: Bearer mine');
  });

  it('leaves no temporary files', () => {
    const paths = homePaths({ HEADSPACE_HOME: folder() });
    ensureHome(paths);
    ensureHome(paths);
    const names = [
      'hook-auth',
      'hook-token',
      'host-id',
      'installs',
      'operator-token',
      'spool',
      'statusline',
    ];
    expect(readdirSync(paths.home).sort()).toEqual(names);
  });
});
