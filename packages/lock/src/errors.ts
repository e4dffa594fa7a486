/**
 * Why a lock call did not end normally.
 *
 * - `timeout`: not granted within `timeoutMs` (local queue, session and remote wait together)
 * - `reentrant`: this async context already holds the key
 * - `lost`: the session that held the lock ended, so exclusivity is no longer given
 * - `aborted`: the caller's AbortSignal fired before the grant
 * - `pool_exhausted`: a cap of this process is reached, or the server has no free connection (53300)
 * - `connection`: the server cannot be reached, refuses us, or a statement failed again and again
 * - `closed`: the lock service was closed
 * - `lock_table_full`: PostgreSQL's shared lock table has no room (53200), or would soon have none
 * - `deadlock`: callers of this process wait for each other in a circle; the message names it
 * - `fenced`: a newer holder has written already, so this one may not (guardFence)
 * - `pooler`: statements reach different server sessions, so session locks cannot work
 */
export type AdvisoryLockErrorCode =
  | 'timeout'
  | 'reentrant'
  | 'lost'
  | 'aborted'
  | 'pool_exhausted'
  | 'connection'
  | 'closed'
  | 'lock_table_full'
  | 'deadlock'
  | 'fenced'
  | 'pooler';

/** The one error class of this package. Errors thrown by a body are never wrapped in it. */
export class AdvisoryLockError extends Error {
  override readonly name = 'AdvisoryLockError';
  readonly code: AdvisoryLockErrorCode;

  constructor(code: AdvisoryLockErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}

/** SQLSTATE of a server error, or null when the error did not come from the server. */
export function sqlState(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  const code = error.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

/** Text of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

/** Translate a driver or server error. An AdvisoryLockError passes unchanged. */
export function toLockError(error: unknown, what: string): AdvisoryLockError {
  if (error instanceof AdvisoryLockError) return error;
  const options = { cause: error };
  switch (sqlState(error)) {
    case '53300':
      return new AdvisoryLockError(
        'pool_exhausted',
        `${what}: the server has no free connection. Raise max_connections or close other clients.`,
        options,
      );
    case '53200':
      return new AdvisoryLockError(
        'lock_table_full',
        `${what}: PostgreSQL's lock table is full. Raise max_locks_per_transaction or hold fewer locks.`,
        options,
      );
    default:
      return new AdvisoryLockError('connection', `${what}: ${messageOf(error)}`, options);
  }
}
