/** Secrets that we hand out and of which we keep only a digest. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** Nobody guesses 256 random bits, so a fast digest protects them as well as a slow one. */
const SECRET_BYTES = 32;

/** 43 characters of base64url. */
export const newSecret = (): string => randomBytes(SECRET_BYTES).toString('base64url');

/** SHA-256. */
export const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Takes the same time for every digest. */
export function isSameDigest(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
