/** 64-bit keys from names. */
import { hash } from 'node:crypto';
import { isReservedKey, type WideKey } from '../keys.ts';

/**
 * A 64-bit key for a name: the first 8 bytes of SHA-256, big-endian and signed; where they fall into
 * the reserved range, the next 8. The same in every process and release. Among a million names the
 * chance that any two share a key is about 3 in 100 million.
 */
export function nameKey(name: string): WideKey {
  const digest = hash('sha256', name, 'buffer');
  for (let offset = 0; offset <= 24; offset += 8) {
    const key = digest.readBigInt64BE(offset);
    if (!isReservedKey(key)) return { key };
  }
  return nameKey(`${name}\0`);
}
