/**
 * Locks that are held as long as a process lives: who leads, which worker is there. Their keys have
 * 64 bits: of two names with one key, one would wait for ever, and with 32 bits that is not rare
 * enough. The list of locks shows the two-integer ones, which protect work.
 */
import { createHash } from 'node:crypto';
import type { WideKey } from '@headspace/lock';

/** Equal names have equal keys, in every process and release. */
export function serviceKey(name: string): WideKey {
  const digest = createHash('sha256').update(`headspace ${name}`).digest();
  // Negative: the lock package keeps a part of the positive range for itself.
  return { key: -1n - (digest.readBigUInt64BE() >> 1n) };
}
