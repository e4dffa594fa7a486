/**
 * Lock keys. PostgreSQL has two separate spaces of advisory locks: two signed 32-bit integers, and
 * one signed 64-bit integer. Interest in a key that another process holds is shown in a reserved
 * part of the 64-bit space: callers may not use keys there, so no lock key equals an interest key.
 */

/**
 * Registry of namespaces: first number of a two-integer key. One number per kind of thing, never
 * computed, never reused. Add a line here when a new kind of thing needs a lock.
 */
export const LockNamespace = {
  /** Rows that belong to one agent; the id is `agents.id`. */
  AGENT: 1,
  /** Background work that one process at a time does; the id is the service's own number. */
  SERVICE: 2,
} as const;

/** A 64-bit key, in place of namespace and id. */
export interface WideKey {
  readonly key: bigint;
}

/** Namespace and id as one value. */
export interface PairKey {
  readonly namespace: number;
  readonly id: number;
}

/** A key made ready for the server: parameters, identity and interest key. */
export interface LockKey {
  /** First number, or null for a 64-bit key. */
  readonly namespace: number | null;
  /** Second number, or null for a 64-bit key. */
  readonly id: number | null;
  /** The 64-bit key, or null for a two-integer key. */
  readonly wide: bigint | null;
  /** `classid:objid:objsubid` exactly as pg_locks shows the lock; identifies the key everywhere. */
  readonly lockId: string;
  /** 64-bit key of the shared lock that shows interest in this key. */
  readonly interest: bigint;
  /** Both as parameters: a bigint takes longer to write than all else that is done with a key. */
  readonly wideText: string | null;
  readonly interestText: string;
  /** Spread of keys over sessions; unsigned 32 bit. */
  readonly hash: number;
}

/** `shared` holders exclude `exclusive` ones only. */
export type LockMode = 'exclusive' | 'shared';

/**
 * Highest 16 bits of every interest key. The number below, equal but for the last bit, begins the
 * keys that show the intent of an exclusive request which shared holders keep waiting. Keys of
 * callers with either are refused.
 */
export const RESERVED_PREFIX = 0x7ad1;

const INT32_MIN = -0x8000_0000;
const INT32_MAX = 0x7fff_ffff;

/** Make a two-integer key. Throws RangeError unless both are signed 32-bit integers. */
export function pairKey(namespace: number, id: number): LockKey {
  assertInt32('namespace', namespace);
  assertInt32('id', id);
  const low = mix(mix(0x5bd1_e995, namespace), id);
  const interest = interestKey(low, mix(low, namespace ^ 2));
  return {
    namespace,
    id,
    wide: null,
    lockId: `${namespace >>> 0}:${id >>> 0}:2`,
    interest,
    wideText: null,
    interestText: String(interest),
    hash: low,
  };
}

/** Keys are used again and again; forgotten as a whole when there are many. */
const madeKeys = new Map<bigint, LockKey>();
const MOST_MADE_KEYS = 4_096;

/** Make a 64-bit key. Throws RangeError outside signed 64 bit and in the reserved range. */
export function wideKey(key: bigint): LockKey {
  const known = madeKeys.get(key);
  if (known !== undefined) return known;
  const made = makeWideKey(key);
  if (madeKeys.size >= MOST_MADE_KEYS) madeKeys.clear();
  madeKeys.set(key, made);
  return made;
}

function makeWideKey(key: bigint): LockKey {
  if (typeof key !== 'bigint' || BigInt.asIntN(64, key) !== key)
    throw new RangeError(`key must be a signed 64-bit bigint, got ${String(key)}`);
  const high = Number(BigInt.asUintN(32, key >> 32n));
  const objid = Number(BigInt.asUintN(32, key));
  if (isReservedKey(key))
    throw new RangeError(
      `key ${key} lies in the range reserved for interest locks; use another key`,
    );
  const low = mix(mix(0x1b87_3593, high), objid);
  const interest = interestKey(low, mix(low, high ^ 1));
  return {
    namespace: null,
    id: null,
    wide: key,
    lockId: `${high}:${objid}:1`,
    interest,
    wideText: String(key),
    interestText: String(interest),
    hash: low,
  };
}

/** The key, with the interest of another one and on its session: one of several that are waited for as one. */
export function withInterestOf(key: LockKey, whole: LockKey): LockKey {
  const { interest, interestText, hash } = whole;
  return { ...key, interest, interestText, hash };
}

/** Whether a row of pg_locks (unsigned classid, objsubid) shows interest or intent of ours. */
export function isInterest(classid: number, objsubid: number): boolean {
  return objsubid === 1 && classid >>> 17 === RESERVED_PREFIX >>> 1;
}

/** Whether a 64-bit key lies in the range that interest and intent are shown in. */
export function isReservedKey(key: bigint): boolean {
  return isInterest(Number(BigInt.asUintN(32, key >> 32n)), 1);
}

/** The lock id, as in pg_locks, of an interest key. */
export function interestLockId(interest: bigint): string {
  return `${BigInt.asUintN(32, interest >> 32n)}:${BigInt.asUintN(32, interest)}:1`;
}

/** The key that a caller gave as a value. Throws RangeError. */
export function toLockKey(key: WideKey | PairKey): LockKey {
  return 'key' in key ? wideKey(key.key) : pairKey(key.namespace, key.id);
}

/** Words for messages: `1/42` or `key 42`. */
export function describeKey(key: LockKey): string {
  return key.wide === null ? `${key.namespace}/${key.id}` : `key ${key.wide}`;
}

function interestKey(low: number, high: number): bigint {
  const top = BigInt(RESERVED_PREFIX) << 48n;
  return top | (BigInt(high & 0xffff) << 32n) | BigInt(low);
}

/** One round of a 32-bit mixer (murmur3's finaliser). Equal in every process and release. */
function mix(seed: number, value: number): number {
  let h = Math.imul(seed ^ value, 0xcc9e_2d51);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85eb_ca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function assertInt32(name: string, value: number): void {
  if (!Number.isInteger(value) || value < INT32_MIN || value > INT32_MAX)
    throw new RangeError(`${name} must be a signed 32-bit integer, got ${String(value)}`);
}
