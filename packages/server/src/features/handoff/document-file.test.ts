import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { prepareDocument, readDocumentFile } from './document-file.ts';

async function folderOf(stack: AsyncDisposableStack): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'headspace-document-')));
  stack.defer(async () => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('a plain file is read; its mark changes with its words', async () => {
  await using stack = new AsyncDisposableStack();
  const path = await prepareDocument(await folderOf(stack), 7);
  expect(path.endsWith('/7/handover.md')).toBe(true);
  expect(await readDocumentFile(path)).toEqual({ kind: 'absent' });
  await writeFile(path, 'one');
  const first = await readDocumentFile(path);
  expect(first).toMatchObject({ kind: 'there', text: 'one' });
  expect(await readDocumentFile(path)).toEqual(first);
  await writeFile(path, 'two');
  expect(await readDocumentFile(path)).not.toEqual(first);
});

test('a folder that has become a link is not followed', async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await folderOf(stack);
  const path = await prepareDocument(folder, 7);
  await writeFile(path, 'one');
  await rename(dirname(path), join(folder, 'moved'));
  await symlink(join(folder, 'moved'), dirname(path));
  expect(await readDocumentFile(path)).toEqual({ kind: 'absent' });
});

test('a pipe does not hang the look, a folder is no file', async () => {
  await using stack = new AsyncDisposableStack();
  const folder = await folderOf(stack);
  const pipe = await prepareDocument(folder, 1);
  execFileSync('mkfifo', [pipe]);
  const refused = { kind: 'refused', why: 'the document is not a plain file' };
  expect(await readDocumentFile(pipe)).toEqual(refused);
  const other = await prepareDocument(folder, 2);
  await mkdir(other);
  expect(await readDocumentFile(other)).toEqual(refused);
});
