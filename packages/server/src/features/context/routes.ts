/**
 * `POST /hook/status-line`: what the status line script sends. No lifecycle event: it goes past the
 * inbox, may be lost, and says nothing of the agent's state.
 */
import type { FastifyPluginAsync } from 'fastify';
import { isConnectionError, isTransient } from '../../platform/database/index.ts';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { z } from 'zod';
import type { ContextSignals } from './signals.ts';
import { readStatusLine } from './status-line.ts';

export interface ContextRoutesOptions {
  readonly signals: ContextSignals;
  readonly hostId: string;
  readonly now: () => number;
}

/** The input is about a kilobyte. */
const MOST_BYTES = 64 * 1024;
const RETRY_SECONDS = 5;

export function contextRoutes({ signals, hostId, now }: ContextRoutesOptions): FastifyPluginAsync {
  return async (app) => {
    app.post('/hook/status-line', { bodyLimit: MOST_BYTES }, async (request, reply) => {
      const { headers, body } = request;
      const signal = readStatusLine({ headers, body, receivedAt: now(), ownHost: hostId });
      if (signal instanceof z.ZodError) {
        throw new HeadspaceError('invalid_payload', undefined, {
          errors: signal.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
        });
      }
      await signals.note(signal).catch((cause: unknown) => {
        if (!isConnectionError(cause) && !isTransient(cause)) throw cause;
        throw new HeadspaceError('database_unavailable', undefined, {
          retryAfterSeconds: RETRY_SECONDS,
          cause,
        });
      });
      return reply.code(204).send();
    });
  };
}
