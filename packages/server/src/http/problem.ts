/** Any fault as a problem document (RFC 9457) of the closed catalogue. */
import { AdvisoryLockError } from '@headspace/lock';
import { ERRORS, type ErrorCode, type Problem } from '@headspace/contract';
import { z } from 'zod';
import { isConnectionError } from '../platform/database/index.ts';
import { HeadspaceError } from '../platform/headspace-error.ts';

/** What callers wait before they try again where the fault does not say: a restart takes about this. */
const RETRY_AFTER_SECONDS = 2;

export interface ProblemAnswer {
  readonly problem: Problem;
  /** Value of the Retry-After header; null for faults that trying again does not cure. */
  readonly retryAfterSeconds: number | null;
}

/**
 * The answer to a fault. Its own words go out only where they were written for the caller; what
 * the database or Node says may hold secrets and stays in the log.
 */
export function problemOf(error: unknown): ProblemAnswer {
  const fault = error instanceof HeadspaceError ? error : translate(error);
  const { status, title, cure } = ERRORS[fault.code];
  const problem: Problem = {
    type: `urn:headspace:error:${fault.code}`,
    title,
    status,
    code: fault.code,
    ...(fault.detail === undefined ? {} : { detail: fault.detail }),
    cure,
    ...(fault.errors === undefined ? {} : { errors: fault.errors }),
    ...fault.extensions,
  };
  const seconds = fault.retryAfterSeconds ?? RETRY_AFTER_SECONDS;
  const isForNow = status === 503 || status === 429;
  return { problem, retryAfterSeconds: isForNow ? seconds : null };
}

/** Fastify's own faults, see https://fastify.dev/docs/latest/Reference/Errors/ */
const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_INVALID_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'payload_too_large',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'invalid_payload',
};

function translate(error: unknown): HeadspaceError {
  if (error instanceof z.ZodError) {
    const errors = error.issues.map((issue) => ({
      path: issue.path.map(String).join('.'),
      message: issue.message,
    }));
    return new HeadspaceError('invalid_payload', undefined, { errors, cause: error });
  }
  const code = codeFor(error);
  return new HeadspaceError(code, undefined, { cause: error });
}

function codeFor(error: unknown): ErrorCode {
  if (error instanceof AdvisoryLockError) return lockErrorCode(error);
  if (isConnectionError(error)) return 'database_unavailable';
  if (!(error instanceof Error)) return 'internal';
  const fastify = 'code' in error ? FASTIFY_CODES[String(error.code)] : undefined;
  if (fastify !== undefined) return fastify;
  // The JSON parser's fault carries a status and no code.
  const isBadJson = error instanceof SyntaxError && 'statusCode' in error;
  return isBadJson ? 'invalid_json' : 'internal';
}

function lockErrorCode(error: AdvisoryLockError): ErrorCode {
  switch (error.code) {
    case 'timeout':
      return 'agent_busy';
    case 'closed':
      return 'shutting_down';
    case 'connection':
    case 'lost':
    case 'pool_exhausted':
    case 'lock_table_full':
    case 'pooler':
      return 'database_unavailable';
    case 'reentrant':
    case 'deadlock':
    case 'fenced':
    case 'aborted':
      return 'internal';
  }
}
