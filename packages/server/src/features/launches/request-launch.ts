/**
 * Asks for a launch: a row and its job in one transaction. The same idempotency key again gives the
 * same launch, from any server.
 */
import { randomUUID } from 'node:crypto';
import { realpath, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import type { LaunchPurpose, NewLaunchRequest } from '@headspace/contract';
import type { PoolClient } from 'pg';
import { inputKey } from '../../domain/input-key.ts';
import { sessionName } from '../../domain/launch.ts';
import { inTransaction } from '../../platform/database/index.ts';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { sendable } from '../prompts/index.ts';
import type { LaunchesContext } from './context.ts';
import { addLaunch, findLaunchByKey, type LaunchRow, nextLaunchId } from './queries.ts';

export interface LaunchRequest extends Omit<NewLaunchRequest, 'key'> {
  readonly purpose: LaunchPurpose;
  /** Null: this request is of its own and cannot be repeated. Others put their name before it. */
  readonly key: string | null;
}

/** A request that was looked at from all sides; only the database is still to be asked. */
export type CheckedLaunch = Readonly<{
  request: LaunchRequest;
  path: string;
  prompt: string | null;
  fingerprint: string;
}>;

/** @throws HeadspaceError invalid_payload, persona_unusable */
export async function checkLaunch(
  { settings, personaProblem }: LaunchesContext,
  request: LaunchRequest,
): Promise<CheckedLaunch> {
  const path = await directoryOf(request.path);
  const prompt =
    request.prompt === undefined
      ? null
      : sendable(request.prompt, 'text', settings['prompts.maxCharacters']);
  // Without a persona, too: an agent of a program needs guardrails in any case.
  const problem = await personaProblem(request.persona ?? null, request.purpose);
  if (problem !== null) throw new HeadspaceError('persona_unusable', problem);
  return { request, path, prompt, fingerprint: fingerprintOf(request) };
}

/** What an earlier request under this key has led to. @throws HeadspaceError key_reused */
export async function knownLaunch(
  client: Pick<PoolClient, 'query'>,
  request: LaunchRequest,
): Promise<LaunchRow | undefined> {
  if (request.key === null) return undefined;
  const launch = await findLaunchByKey(client, request.key);
  return launch === undefined ? undefined : sameRequest(launch, fingerprintOf(request));
}

function fingerprintOf({ key: _key, ...asked }: LaunchRequest): string {
  return inputKey('launch', asked, null);
}

function sameRequest(launch: LaunchRow, fingerprint: string): LaunchRow {
  if (launch.request === fingerprint) return launch;
  throw new HeadspaceError('key_reused', `The key belongs to launch ${launch.id}.`);
}

/** In a transaction of its own. @throws HeadspaceError as `checkLaunch`, and key_reused */
export async function requestLaunch(
  context: LaunchesContext,
  request: LaunchRequest,
): Promise<{ launch: LaunchRow; created: boolean }> {
  const checked = await checkLaunch(context, request);
  const result = await inTransaction(context.pool, async (client) =>
    storeLaunch(context, client, checked),
  );
  context.announce();
  return result;
}

/** In the caller's transaction; `context.announce()` is due after its commit. */
export async function storeLaunch(
  context: LaunchesContext,
  client: Pick<PoolClient, 'query'>,
  { request, path, prompt, fingerprint }: CheckedLaunch,
): Promise<{ launch: LaunchRow; created: boolean }> {
  const id = await nextLaunchId(client);
  const uuid = randomUUID();
  const key = request.key ?? uuid;
  const at = context.clock.now();
  const created = await addLaunch(client, {
    id,
    uuid,
    key,
    request: fingerprint,
    host: context.hostId,
    purpose: request.purpose,
    path,
    persona: request.persona ?? null,
    prompt,
    model: request.model ?? null,
    permissionMode: request.permissionMode ?? null,
    tmuxSession: sessionName(id, uuid),
    tmuxSocket: context.socket(),
    createdAt: new Date(at),
    deadlineAt: new Date(at + context.settings['launches.deadlineMs']),
  });
  const launch = await findLaunchByKey(client, key);
  if (launch === undefined) throw new Error(`launch ${id} was written and is not there`);
  return { launch: sameRequest(launch, fingerprint), created };
}

/** The real path of a directory on this machine. */
async function directoryOf(path: string): Promise<string> {
  const problem = (message: string): HeadspaceError =>
    new HeadspaceError('invalid_payload', `The path ${message}.`, {
      errors: [{ path: 'path', message }],
    });
  if (!isAbsolute(path) || path.includes('\0')) throw problem('must be absolute');
  try {
    const real = await realpath(path);
    if (!(await stat(real)).isDirectory()) throw problem('is not a directory');
    return real;
  } catch (error) {
    if (error instanceof HeadspaceError) throw error;
    throw problem('is not a directory on the machine of this server');
  }
}
