/**
 * The handover document on disk: `<folder>/<id>/handover.md`. An agent writes it, so nothing of it is
 * trusted: no link is followed, and no more is read than the limit.
 */
import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DOCUMENT_LIMIT } from '../../domain/handoff-document.ts';
import { hashText } from '../../domain/hash-text.ts';
import { hasCode } from '../../platform/error-code.ts';

/** Makes the handoff's folder. The path has no links in it from there on. */
export async function prepareDocument(folder: string, id: number): Promise<string> {
  const own = join(folder, String(id));
  await mkdir(own, { recursive: true, mode: 0o700 });
  return join(await realpath(own), 'handover.md');
}

export type DocumentLook =
  | { readonly kind: 'absent' }
  /** `mark` is equal for equal contents of equal age. */
  | { readonly kind: 'there'; readonly text: string; readonly mark: string }
  /** It is there and is not a document; `why` for a person. */
  | { readonly kind: 'refused'; readonly why: string };

export async function readDocumentFile(path: string): Promise<DocumentLook> {
  const folder = dirname(path);
  if ((await realpath(folder).catch(() => null)) !== folder) return { kind: 'absent' };
  // Without O_NONBLOCK a pipe of that name would hang the look.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  let file: FileHandle;
  try {
    file = await open(path, flags);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return { kind: 'absent' };
    const why = hasCode(error, 'ELOOP') ? 'is a symbolic link' : 'cannot be read';
    return { kind: 'refused', why: `the document ${why}` };
  }
  try {
    return await readFrom(file);
  } finally {
    await file.close();
  }
}

async function readFrom(file: FileHandle): Promise<DocumentLook> {
  const stats = await file.stat();
  const { size, mtimeMs } = stats;
  if (!stats.isFile()) return { kind: 'refused', why: 'the document is not a plain file' };
  if (stats.nlink > 1)
    return { kind: 'refused', why: 'the document has a second name (hard link)' };
  if (size > DOCUMENT_LIMIT) {
    const why = `the document is larger than ${DOCUMENT_LIMIT / 1024} KiB`;
    return { kind: 'refused', why };
  }
  const buffer = Buffer.alloc(size);
  const { bytesRead } = await file.read(buffer, 0, size, 0);
  const text = buffer.subarray(0, bytesRead).toString('utf8');
  return { kind: 'there', text, mark: `${mtimeMs} ${size} ${hashText(text)}` };
}
