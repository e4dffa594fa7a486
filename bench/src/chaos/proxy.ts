/** A TCP proxy on loopback whose link can be cut without a word, as a dead switch does. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** From now on nothing passes and nothing is closed, until `heal`. */
  cut(): void;
  /** What was swallowed stays lost: connections of before are closed, new ones work. */
  heal(): void;
}

export async function startProxy(targetPort: number): Promise<Proxy> {
  const pairs = new Set<readonly [Socket, Socket]>();
  let isCut = false;
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1');
    const pair = [near, far] as const;
    pairs.add(pair);
    const end = () => {
      if (isCut) return;
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const [from, to] of [pair, [far, near]] as const) {
      from.setNoDelay(true);
      from.on('error', end).on('close', end);
      from.on('data', (bytes) => {
        if (!isCut) to.write(bytes);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const closeAll = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
    pairs.clear();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut: () => {
      isCut = true;
    },
    heal: () => {
      isCut = false;
      closeAll();
    },
    async [Symbol.asyncDispose]() {
      isCut = false;
      closeAll();
      server.close();
      await once(server, 'close');
    },
  };
}
