/**
 * A facade in the shape of the Web Locks API (https://www.w3.org/TR/web-locks/), over all processes
 * that use the database. Names become 64-bit keys. `steal` is not offered: an advisory lock of
 * another session cannot be taken away.
 */
import type { AdvisoryLocks } from '../api.ts';
import type { LockMode } from '../keys.ts';
import type { NameRegistry } from '../names/name-registry.ts';
import type { HeldLock } from '../queue/held-lock.ts';

export interface LockRequestOptions {
  /** Default `exclusive`. */
  readonly mode?: LockMode;
  /** Call back with null instead of waiting. */
  readonly ifAvailable?: boolean;
  /** Gives up waiting; not together with ifAvailable. */
  readonly signal?: AbortSignal;
  /** Not offered; true is refused. */
  readonly steal?: boolean;
}

/** A granted lock. `held` has what the web API does not know: token, signal, assertHeld. */
export interface NamedLock {
  readonly name: string;
  readonly mode: LockMode;
  readonly held: HeldLock;
}

/** A lock in the list that `query` gives. */
export interface NamedLockInfo {
  /** `key …` where this process does not know the name. */
  readonly name: string;
  readonly mode: LockMode;
  /** Backend pid of the session; our own for those who wait in this process. */
  readonly clientId: string;
}

export type NamedLockCallback<T> = (lock: NamedLock | null) => T | PromiseLike<T>;

export interface WebLocks {
  request<T>(name: string, callback: NamedLockCallback<T>): Promise<T>;
  request<T>(name: string, options: LockRequestOptions, callback: NamedLockCallback<T>): Promise<T>;
  /** Locks held by any process, and requests that wait in this one. */
  query(): Promise<{ held: NamedLockInfo[]; pending: NamedLockInfo[] }>;
}

/**
 * Make the facade. As in the web API, a caller that gives up gets its signal's reason, options that
 * do not go together are a NotSupportedError, and what the callback throws arrives unchanged.
 */
export function createWebLocks(locks: AdvisoryLocks, registry: NameRegistry): WebLocks {
  return {
    request: <T>(name: string, ...rest: readonly unknown[]): Promise<T> => {
      const [first, second] = rest;
      if (typeof first === 'function')
        return requestLock(locks, registry, name, {}, first as NamedLockCallback<T>);
      const callback = second as NamedLockCallback<T>;
      return requestLock(locks, registry, name, (first ?? {}) as LockRequestOptions, callback);
    },
    query: () => queryLocks(locks, registry),
  };
}

async function requestLock<T>(
  locks: AdvisoryLocks,
  registry: NameRegistry,
  name: string,
  options: LockRequestOptions,
  callback: NamedLockCallback<T>,
): Promise<T> {
  refuseUnsupported(name, options);
  options.signal?.throwIfAborted();
  const { mode = 'exclusive', signal } = options;
  const key = registry.keyFor(name);
  const common = { shared: mode === 'shared', purpose: name };
  const body = (held: HeldLock): T | PromiseLike<T> => callback({ name, mode, held });
  if (options.ifAvailable === true) {
    const result = await locks.advisoryLockOrSkip(key, common, body);
    return result.acquired ? result.value : callback(null);
  }
  const wait = { ...common, timeoutMs: Infinity, ...(signal === undefined ? {} : { signal }) };
  let granted = false;
  try {
    return await locks.advisoryLock(key, wait, (held) => {
      granted = true;
      return body(held);
    });
  } catch (error) {
    if (!granted) signal?.throwIfAborted();
    throw error;
  }
}

function refuseUnsupported(name: string, options: LockRequestOptions): void {
  const refuse = (why: string): never => {
    throw new DOMException(why, 'NotSupportedError');
  };
  if (name.startsWith('-')) refuse('names that begin with "-" are reserved');
  if (options.steal === true) refuse('a lock of another session cannot be stolen');
  if (options.ifAvailable === true && options.signal !== undefined)
    refuse('signal and ifAvailable do not go together');
}

async function queryLocks(
  locks: AdvisoryLocks,
  registry: NameRegistry,
): Promise<{ held: NamedLockInfo[]; pending: NamedLockInfo[] }> {
  const { waiting, pids } = locks.localState();
  const nameOf = (key: bigint): string => registry.nameOf(key) ?? `key ${key}`;
  const held = (await locks.heldAdvisoryLocks()).flatMap(({ key, mode, granted, pid }) => {
    if (key === null || !granted) return [];
    const named: LockMode = mode === 'ShareLock' ? 'shared' : 'exclusive';
    return [{ name: nameOf(key), mode: named, clientId: String(pid) }];
  });
  const pending = waiting.flatMap(({ key, shared }) => {
    if (key === null) return [];
    const mode: LockMode = shared ? 'shared' : 'exclusive';
    return [{ name: nameOf(key), mode, clientId: String(pids[0] ?? 0) }];
  });
  return { held, pending };
}
