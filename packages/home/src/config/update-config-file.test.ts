/** What is written is what was asked for, where it was asked for; races have a test of their own (H6). */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { tryFileLock } from './file-lock.ts';
import { ConfigBusyError, updateConfigFile } from './update-config-file.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function place(text?: string): { folder: string; file: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'headspace-config-'));
  folders.push(folder);
  const file = path.join(folder, 'config.yaml');
  if (text !== undefined) writeFileSync(file, text);
  return { folder, file };
}

it('makes a file closed to others, and keeps the mode of one that is there', async () => {
  const { file } = place();
  await updateConfigFile({ path: file, edit: () => 'a: 1\n' });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  chmodSync(file, 0o644);
  const { changed, text } = await updateConfigFile({ path: file, edit: () => 'a: 2\n' });
  expect(changed).toBe(true);
  expect(text.bytes?.toString()).toBe('a: 2\n');
  expect(statSync(file).mode & 0o777).toBe(0o644);
});

it('writes through links, also through one that points to nothing yet', async () => {
  const { folder, file } = place();
  mkdirSync(path.join(folder, 'dotfiles'));
  symlinkSync('dotfiles/first', file);
  symlinkSync('second.yaml', path.join(folder, 'dotfiles', 'first'));
  await updateConfigFile({ path: file, edit: () => 'a: 1\n' });
  expect(lstatSync(file).isSymbolicLink()).toBe(true);
  expect(readFileSync(path.join(folder, 'dotfiles', 'second.yaml'), 'utf8')).toBe('a: 1\n');
  expect(readdirSync(path.join(folder, 'dotfiles')).sort()).toEqual(['first', 'second.yaml']);
});

it('writes nothing where there is nothing to change, or the change throws', async () => {
  const { folder, file } = place('a: 1\n');
  const { ino } = statSync(file);
  expect((await updateConfigFile({ path: file, edit: () => null })).changed).toBe(false);
  const failing = updateConfigFile({
    path: file,
    edit: () => {
      throw new Error('no');
    },
  });
  await expect(failing).rejects.toThrow('no');
  expect(statSync(file).ino).toBe(ino);
  expect(readdirSync(folder).sort()).toEqual(['config.yaml', 'config.yaml.lock']);
  // The lock is free again.
  await updateConfigFile({ path: file, edit: () => 'a: 2\n' });
});

it('takes up what an editor, which knows no lock, wrote in the middle', async () => {
  const { file } = place('a: 1\n');
  let round = 0;
  const seen: string[] = [];
  await updateConfigFile({
    path: file,
    edit: ({ bytes }) => {
      seen.push(String(bytes));
      round += 1;
      if (round === 1) writeFileSync(file, 'a: by hand\n');
      return `${String(bytes)}b: 2\n`;
    },
  });
  expect(seen).toEqual(['a: 1\n', 'a: by hand\n']);
  expect(readFileSync(file, 'utf8')).toBe('a: by hand\nb: 2\n');
});

it('loses its file, and begins anew, where another writer has come in between', async () => {
  const { folder, file } = place('a: 1\n');
  let round = 0;
  await updateConfigFile({
    path: file,
    edit: ({ bytes }) => {
      round += 1;
      if (round === 1) {
        // What a writer does that has passed this one by (replace-file.ts, step 2 to 4).
        const mine = readdirSync(folder).find((name) => name.startsWith('.config.yaml.headspace-'));
        rmSync(path.join(folder, mine ?? ''));
      }
      return `${String(bytes)}b: ${String(round)}\n`;
    },
  });
  expect(readFileSync(file, 'utf8')).toBe('a: 1\nb: 2\n');
});

it('removes what a writer left that was killed', async () => {
  const { folder, file } = place('a: 1\n');
  const left = path.join(folder, '.config.yaml.headspace-1-abc');
  writeFileSync(left, 'half');
  await updateConfigFile({ path: file, edit: () => 'a: 2\n' });
  expect(existsSync(left)).toBe(false);
});

it('gives up after a time where the lock is held, and passes nobody by before', async () => {
  const { file } = place('a: 1\n');
  using lock = tryFileLock(`${file}.lock`);
  expect(lock).not.toBeNull();
  expect(tryFileLock(`${file}.lock`)).toBeNull();
  const waiting = updateConfigFile({ path: file, edit: () => 'a: 2\n', timeoutMs: 100 });
  await expect(waiting).rejects.toThrow(ConfigBusyError);
  expect(readFileSync(file, 'utf8')).toBe('a: 1\n');
  // The same holder, taken to be stopped.
  await updateConfigFile({ path: file, edit: () => 'a: 3\n', stalledMs: 50 });
  expect(readFileSync(file, 'utf8')).toBe('a: 3\n');
});
