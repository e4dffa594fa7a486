/**
 * A fingerprint of the bytes before an offset: where it differs, the file is another one than the
 * one that was read up to there, whatever its name, size and inode say.
 */
import { createHash } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';

const MARK_BYTES = 256;

export async function tailMark(handle: FileHandle, offset: number): Promise<string> {
  const length = Math.min(MARK_BYTES, offset);
  const bytes = Buffer.alloc(length);
  const { bytesRead } =
    length === 0 ? { bytesRead: 0 } : await handle.read(bytes, 0, length, offset - length);
  return createHash('sha256').update(bytes.subarray(0, bytesRead)).digest('base64url').slice(0, 16);
}
