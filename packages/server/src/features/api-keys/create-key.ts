/** Makes a key: what it may do is checked and kept, itself it is told once. */
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { z } from 'zod';
import type { NewApiKeyRequest } from '@headspace/contract';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { digestOf, newSecret } from '../../platform/secret.ts';
import type { ApiKeysContext } from './context.ts';
import { addKey, nextKeyId } from './queries.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** @throws HeadspaceError invalid_payload where a project is no directory of this machine */
export async function createKey(
  { pool, now }: ApiKeysContext,
  request: z.output<typeof NewApiKeyRequest>,
): Promise<{ id: number; key: string }> {
  const { scopes, expiresInDays, embedOrigins, name, maxAgents, maxPerHour } = request;
  const projects = await Promise.all(request.projects.map(realDirectory));
  const id = await nextKeyId(pool);
  const key = `hs_${id}_${newSecret()}`;
  const at = now();
  await addKey(pool, {
    id,
    name,
    digest: digestOf(key),
    scopes: [...new Set(scopes)],
    projects: [...new Set(projects)],
    embedOrigins: [...new Set(embedOrigins)],
    maxAgents,
    maxPerHour,
    createdAt: new Date(at),
    expiresAt: expiresInDays === null ? null : new Date(at + expiresInDays * DAY_MS),
  });
  return { id, key };
}

async function realDirectory(path: string, index: number): Promise<string> {
  const problem = (message: string): HeadspaceError =>
    new HeadspaceError('invalid_payload', `Project ${path} ${message}.`, {
      errors: [{ path: `projects.${index}`, message }],
    });
  if (!isAbsolute(path) || path.includes('\0')) throw problem('must be an absolute path');
  const real = await realpath(path).catch(() => null);
  const isDirectory = real !== null && (await stat(real).catch(() => null))?.isDirectory();
  if (real === null || isDirectory !== true) {
    throw problem('is not a directory on the machine of this server');
  }
  return real;
}
