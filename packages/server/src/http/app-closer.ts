/** The end of the app: requests in flight are answered, and nothing else holds it up. */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

const SWEEP_MS = 50;

/**
 * Call it before the app listens; the returned function closes the app.
 *
 * Node's server waits for every connection. It counts as busy those whose last request ends while it
 * closes, and those on which nothing was ever asked: browsers open some ahead, and a client that
 * gives a request up in time leaves one behind. Both would stay until a time limit.
 */
export function appCloser(app: FastifyInstance): () => Promise<void> {
  const silent = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  app.server.on('request', ({ socket }) => silent.delete(socket));
  const sweep = (): void => {
    app.server.closeIdleConnections();
    for (const socket of silent) socket.destroy();
  };
  return async () => {
    const timer = setInterval(sweep, SWEEP_MS);
    try {
      await app.close();
    } finally {
      clearInterval(timer);
    }
  };
}
