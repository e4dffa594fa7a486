/**
 * Lets a key in. Each request reads its row, so that a key that was revoked is refused by every
 * process from that commit on.
 */
import type { ApiKeyScope } from '@headspace/contract';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { digestOf, isSameDigest } from '../../platform/secret.ts';
import type { ApiKeysContext } from './context.ts';
import { type ApiKeyRow, findKey, noteUse } from './queries.ts';

/** `hs_<id>_<secret>`: the id finds the row, the digest of the whole proves the rest. */
const API_KEY_FORM = /^hs_(\d{1,15})_[A-Za-z0-9_-]{43}$/;

export type UsableKey = Pick<
  ApiKeyRow,
  'id' | 'name' | 'projects' | 'embedOrigins' | 'maxAgents' | 'maxPerHour'
> & { readonly scopes: readonly ApiKeyScope[] };

const USE_NOTED_MS = 60_000;
/** Compared with where there is no such key, so that the time taken does not tell which ids exist. */
const NO_DIGEST = Buffer.alloc(32);

/** @throws HeadspaceError unauthorized: unknown, wrong, revoked and expired look alike */
export async function useApiKey(context: ApiKeysContext, text: string): Promise<UsableKey> {
  const id = API_KEY_FORM.exec(text)?.[1];
  const key = id === undefined ? undefined : await findKey(context.pool, Number(id));
  const isRight = isSameDigest(digestOf(text), key?.digest ?? NO_DIGEST);
  const now = context.now();
  if (key === undefined || !isRight || !isUsable(key, now)) {
    throw new HeadspaceError('unauthorized');
  }
  if (key.lastUsedAt === null || now - key.lastUsedAt.getTime() > USE_NOTED_MS) {
    await noteUse(context.pool, key.id, new Date(now), new Date(now - USE_NOTED_MS));
  }
  return key;
}

export function isUsable(
  { revokedAt, expiresAt }: Pick<ApiKeyRow, 'revokedAt' | 'expiresAt'>,
  now: number,
): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt.getTime() > now);
}
