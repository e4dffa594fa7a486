/** The sender's word for a request: the same word again is the same request. */
import { PromptKey } from '@headspace/contract';
import type { FastifyRequest } from 'fastify';
import { HeadspaceError } from '../../platform/headspace-error.ts';

/** From the header or the body; null where neither has one. @throws HeadspaceError invalid_payload */
export function idempotencyKey(request: FastifyRequest, inBody: string | undefined): string | null {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return inBody ?? null;
  const key = PromptKey.safeParse(header);
  if (!key.success) throw wrongKey('is not 1 to 200 printable ASCII characters without spaces');
  if (inBody !== undefined && inBody !== key.data) throw wrongKey('differs from `key` in the body');
  return key.data;
}

function wrongKey(what: string): HeadspaceError {
  const errors = [{ path: 'Idempotency-Key', message: what }];
  return new HeadspaceError('invalid_payload', `The header Idempotency-Key ${what}.`, { errors });
}
