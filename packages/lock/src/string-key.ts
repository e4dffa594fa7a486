/**
 * Lock keys from names: BLAKE2b (RFC 7693) with a 4-byte digest, read as a big-endian signed
 * integer. The numbers equal Python's `hashlib.blake2b(name.encode(), digest_size=4)`.
 * node:crypto offers BLAKE2b with 64 bytes only, and the digest length is part of the hash, so the
 * compression function is here. A 64-bit word is two 32-bit halves: low at 2i, high at 2i + 1.
 */

const BLOCK_BYTES = 128;
const DIGEST_BYTES = 4;

/** Initialisation vector, RFC 7693 section 2.6. */
const IV = Uint32Array.from([
  0xf3bcc908, 0x6a09e667, 0x84caa73b, 0xbb67ae85, 0xfe94f82b, 0x3c6ef372, 0x5f1d36f1, 0xa54ff53a,
  0xade682d1, 0x510e527f, 0x2b3e6c1f, 0x9b05688c, 0xfb41bd6b, 0x1f83d9ab, 0x137e2179, 0x5be0cd19,
]);

/** Message schedule, one hexadecimal digit a word, RFC 7693 section 2.7. */
const SCHEDULE = [
  '0123456789abcdef',
  'ea489fd61c02b753',
  'b8c052fdae367194',
  '7931dcbe265a40f8',
  '905724afe1bc683d',
  '2c6a0b834d75fe19',
  'c51fed4a0763928b',
  'db7ec13950f4862a',
  '6fe9b308c2d714a5',
  'a2847615fb9e3cd0',
  '0123456789abcdef',
  'ea489fd61c02b753',
].map((row) => Array.from(row, (digit) => Number.parseInt(digit, 16)));

/** Words that one round mixes together: four columns, then four diagonals. */
const LANES = [
  [0, 4, 8, 12],
  [1, 5, 9, 13],
  [2, 6, 10, 14],
  [3, 7, 11, 15],
  [0, 5, 10, 15],
  [1, 6, 11, 12],
  [2, 7, 8, 13],
  [3, 4, 9, 14],
] as const;

/**
 * Signed 32-bit lock key of a name: the second number of a two-integer key.
 * Two names can share a key (one pair in 2^32); they then exclude each other, which is safe.
 */
export function lockKeyFromString(name: string): number {
  const input = Buffer.from(name, 'utf8');
  const state = IV.slice();
  state[0] = half(state, 0) ^ 0x0101_0000 ^ DIGEST_BYTES;
  const blocks = Math.max(1, Math.ceil(input.length / BLOCK_BYTES));
  for (let block = 0; block < blocks; block++) {
    const bytes = Buffer.alloc(BLOCK_BYTES);
    input.copy(bytes, 0, block * BLOCK_BYTES);
    const last = block === blocks - 1;
    compress(state, bytes, last ? input.length : (block + 1) * BLOCK_BYTES, last);
  }
  const digest = Buffer.alloc(DIGEST_BYTES);
  digest.writeUInt32LE(half(state, 0));
  return digest.readInt32BE();
}

/** `count` is the number of input bytes so far; names longer than 2^32 bytes do not occur. */
function compress(state: Uint32Array, block: Buffer, count: number, last: boolean): void {
  const work = new Uint32Array(32);
  work.set(state);
  work.set(IV, 16);
  work[24] = half(work, 24) ^ count;
  if (last) {
    work[28] = ~half(work, 28);
    work[29] = ~half(work, 29);
  }
  for (const row of SCHEDULE) {
    LANES.forEach(([a, b, c, d], lane) => {
      mixHalf(work, a, b, c, d, block, row[2 * lane] ?? 0, 32, 24);
      mixHalf(work, a, b, c, d, block, row[2 * lane + 1] ?? 0, 16, 63);
    });
  }
  for (let i = 0; i < 16; i++) state[i] = half(state, i) ^ half(work, i) ^ half(work, i + 16);
}

/** One half of the mixing function G, RFC 7693 section 3.1. */
function mixHalf(
  work: Uint32Array,
  a: number,
  b: number,
  c: number,
  d: number,
  block: Buffer,
  word: number,
  rotateD: number,
  rotateB: number,
): void {
  add(work, a, half(work, 2 * b), half(work, 2 * b + 1));
  add(work, a, block.readUInt32LE(8 * word), block.readUInt32LE(8 * word + 4));
  xorRotate(work, d, a, rotateD);
  add(work, c, half(work, 2 * d), half(work, 2 * d + 1));
  xorRotate(work, b, c, rotateB);
}

function add(work: Uint32Array, target: number, low: number, high: number): void {
  const sum = half(work, 2 * target) + low;
  work[2 * target] = sum;
  work[2 * target + 1] = half(work, 2 * target + 1) + high + (sum > 0xffff_ffff ? 1 : 0);
}

function xorRotate(work: Uint32Array, target: number, other: number, bits: number): void {
  let low = half(work, 2 * target) ^ half(work, 2 * other);
  let high = half(work, 2 * target + 1) ^ half(work, 2 * other + 1);
  if (bits >= 32) [low, high] = [high, low];
  const shift = bits % 32;
  work[2 * target] = shift === 0 ? low : (low >>> shift) | (high << (32 - shift));
  work[2 * target + 1] = shift === 0 ? high : (high >>> shift) | (low << (32 - shift));
}

function half(words: Uint32Array, index: number): number {
  return words[index] ?? 0;
}
