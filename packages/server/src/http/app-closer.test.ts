import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { appCloser } from './app-closer.ts';

/** Far below the time limits of Node's server (60 s for the headers). */
const SOON_MS = 5_000;

let app: FastifyInstance;
let close: () => Promise<void>;
let answer: PromiseWithResolvers<void>;
let socket: Socket;

beforeEach(async () => {
  answer = Promise.withResolvers();
  app = fastify({ forceCloseConnections: 'idle' });
  app.get('/slow', async () => {
    await answer.promise;
    return 'done';
  });
  close = appCloser(app);
  await app.listen({ host: '127.0.0.1', port: 0 });
  socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  socket.setEncoding('utf8').on('error', () => undefined);
  await Promise.all([once(socket, 'connect'), once(app.server, 'connection')]);
});
afterEach(() => void socket.destroy());

test(
  'a connection on which nothing was asked does not hold the end up',
  { timeout: SOON_MS },
  async () => {
    await close();
  },
);

test('a request in flight is answered first', { timeout: SOON_MS }, async () => {
  let text = '';
  socket.on('data', (chunk: string) => (text += chunk));
  const asked = once(app.server, 'request');
  socket.write('GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await asked;
  const closed = close();
  answer.resolve();
  await Promise.all([closed, once(socket, 'close')]);
  expect(text).toContain('done');
});
