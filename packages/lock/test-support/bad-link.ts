/**
 * A TCP proxy that makes links bad: it can fall silent (both ends stay open, nothing passes any
 * more), deliver the answers of its first connection late, or put an end of answer too many into them.
 */
import { connect, createServer, type Socket } from 'node:net';

/** ReadyForQuery, outside of a transaction. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
const ROW_DESCRIPTION = 0x54;

export interface BadLink {
  /** The connection string, through the proxy. */
  readonly url: string;
  fallSilent(): void;
  /** From now on what the server says on the first connection arrives so much later. */
  delayFirst(ms: number): void;
  /** Before its first answer, the first connection gets the end of another one. */
  strayAnswerOnFirst(): void;
  close(): Promise<void>;
}

export async function startBadLink(target: string): Promise<BadLink> {
  const { port, hostname } = new URL(target);
  const sockets = new Set<Socket>();
  let silent = false;
  let firstDelayMs = 0;
  let stray = false;
  let connections = 0;
  const server = createServer((client) => {
    const isFirst = connections++ === 0;
    const upstream = connect(Number(port), hostname);
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('data', (chunk) => {
        if (silent) return;
        if (from === upstream && isFirst && stray && chunk[0] === ROW_DESCRIPTION) {
          stray = false;
          to.write(READY);
        }
        if (from === upstream && isFirst && firstDelayMs > 0)
          setTimeout(() => to.write(chunk), firstDelayMs);
        else to.write(chunk);
      });
      from.on('close', () => void (silent || to.destroy()));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  const url = new URL(target);
  url.port = String(address.port);
  return {
    url: url.href,
    fallSilent: () => {
      silent = true;
    },
    strayAnswerOnFirst: () => {
      stray = true;
    },
    delayFirst: (ms) => {
      firstDelayMs = ms;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
