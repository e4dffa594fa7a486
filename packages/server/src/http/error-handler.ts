/** Answers every fault of the app, once and in one form. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { HeadspaceError } from '../platform/headspace-error.ts';
import { problemOf } from './problem.ts';

export function setErrorHandlers(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const answer = sendProblem(reply, error);
    if (answer.status === 500) {
      request.log.error({ err: error, route: request.routeOptions.url }, 'request failed');
    } else if (answer.status === 503) {
      request.log.warn({ err: error, route: request.routeOptions.url }, 'request refused for now');
    }
    return reply;
  });
  app.setNotFoundHandler((_request, reply) => {
    sendProblem(reply, new HeadspaceError('not_found'));
    return reply;
  });
}

/** Answers with the problem document of a fault; returns its status. */
export function sendProblem(reply: FastifyReply, error: unknown): { status: number } {
  const { problem, retryAfterSeconds } = problemOf(error);
  if (retryAfterSeconds !== null) reply.header('retry-after', String(retryAfterSeconds));
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  void reply
    .code(problem.status)
    .header('cache-control', 'no-store')
    .type('application/problem+json')
    .send(JSON.stringify(problem));
  return { status: problem.status };
}

/** Requests at debug level: route, status, time. No address, header or body. */
export function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', (request: FastifyRequest, reply, done) => {
    request.log.debug(
      {
        method: request.method,
        route: request.routeOptions.url ?? 'none',
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
      },
      'request',
    );
    done();
  });
}
