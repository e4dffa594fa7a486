/**
 * Keys as other libraries compute them, so that old and new code exclude each other while one is
 * replaced by the other. Each function gives what the methods of AdvisoryLocks take as a key.
 *
 * A 64-bit key of another library can fall into the range that this package reserves for itself
 * (2 of 65,536 keys do). Then a RangeError says so, and that one name cannot be shared.
 */
import { createHash } from 'node:crypto';
import type { PairKey, WideKey } from '../keys.ts';

/** npm `advisory-lock` 2: two little-endian numbers from the start of SHA-256. */
function advisoryLockPackage(name: string): PairKey {
  const digest = createHash('sha256').update(name).digest();
  return { namespace: digest.readInt32LE(0), id: digest.readInt32LE(4) };
}

/**
 * npm `pg-boss` 12: the lock of its schema maintenance, or of `task` in it. The start of SHA-224 over
 * database, schema and task. `schema` is its option of that name.
 */
function pgBoss(database: string, schema = 'pgboss', task = ''): WideKey {
  const text = `${database}.pgboss.${schema}${task}`;
  return { key: createHash('sha224').update(text).digest().readBigInt64BE(0) };
}

const ASCII_BITS = 7n;
const ASCII_LENGTH = 9;

/**
 * .NET `DistributedLock.Postgres` (Medallion): PostgresAdvisoryLockKey of a name. Up to 9 ASCII
 * characters are packed; 16 hex digits are a 64-bit key; 8 and 8 with a comma are two numbers. Other
 * names need `allowHashing` there and here, and become the start of SHA-1, little-endian.
 */
function distributedLock(
  name: string,
  options: { readonly allowHashing?: boolean } = {},
): PairKey | WideKey {
  // eslint-disable-next-line no-control-regex -- control characters are ASCII too
  if (name.length <= ASCII_LENGTH && /^[\u0000-\u007f]*$/.test(name)) return split(packAscii(name));
  if (/^[0-9a-f]{16}$/i.test(name)) return { key: BigInt.asIntN(64, BigInt(`0x${name}`)) };
  if (/^[0-9a-f]{8},[0-9a-f]{8}$/i.test(name)) return split(BigInt(`0x${name.replace(',', '')}`));
  if (options.allowHashing !== true)
    throw new RangeError(
      `DistributedLock takes the name "${name}" only with allowHashing: give the same option here as there`,
    );
  return { key: createHash('sha1').update(name, 'utf8').digest().readBigInt64LE(0) };
}

/** Characters of 7 bits, then a zero, then ones to the end. */
function packAscii(name: string): bigint {
  let bits = 0n;
  for (const char of name) bits = (bits << ASCII_BITS) | BigInt(char.charCodeAt(0));
  bits <<= 1n;
  const rest = ASCII_BITS * BigInt(ASCII_LENGTH - name.length);
  return (bits << rest) | ((1n << rest) - 1n);
}

function split(bits: bigint): PairKey {
  return {
    namespace: Number(BigInt.asIntN(32, bits >> 32n)),
    id: Number(BigInt.asIntN(32, bits)),
  };
}

export const keyPresets = { advisoryLockPackage, pgBoss, distributedLock } as const;
