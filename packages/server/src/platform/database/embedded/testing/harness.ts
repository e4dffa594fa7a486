/** Homes and server processes for the tests of the embedded PostgreSQL. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { z } from 'zod';
import { stopCluster } from '../cluster.ts';
import { startEmbedded, type EmbeddedPostgres } from '../embedded.ts';
import type { EmbeddedEvent } from '../events.ts';
import { embeddedLocation } from '../location.ts';

/** A home and a state folder; disposing stops whatever runs on either and removes both. */
export interface Home extends AsyncDisposable {
  readonly folder: string;
  readonly home: string;
  readonly stateFolder: string;
}

export async function createHome(): Promise<Home> {
  const folder = await mkdtemp(path.join(await realpath(tmpdir()), 'headspace-home-'));
  await chmod(folder, 0o711);
  const home = path.join(folder, 'home');
  const stateFolder = path.join(folder, 'state');
  return {
    folder,
    home,
    stateFolder,
    async [Symbol.asyncDispose]() {
      const { dataDir } = await embeddedLocation(home, { stateFolder });
      await stopCluster(dataDir, 'immediate');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** In this process, with its events collected. Disposing stops it. */
export async function startHere({
  home,
  stateFolder,
}: Home): Promise<EmbeddedPostgres & AsyncDisposable & { events: EmbeddedEvent[] }> {
  const events: EmbeddedEvent[] = [];
  const postgres = await startEmbedded({
    home,
    stateFolder,
    onEvent: (event) => events.push(event),
  });
  return { ...postgres, events, [Symbol.asyncDispose]: () => postgres.stop() };
}

const lineSchema = z.looseObject({
  kind: z.string(),
  url: z.string().optional(),
  pid: z.number().optional(),
});

export interface ServerProcess extends Disposable {
  readonly events: z.infer<typeof lineSchema>[];
  /** Resolves with the first event of this kind, also one that came before; rejects at the end. */
  waitFor(kind: string): Promise<z.infer<typeof lineSchema>>;
  /** Sends the signal and waits for the end. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** In a process of its own, to be killed. */
export function startApart({ home, stateFolder }: Home): ServerProcess {
  const script = fileURLToPath(new URL('embedded-process.ts', import.meta.url));
  const child = spawn(process.execPath, [script, home, stateFolder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  // `close`, not `exit`: its last words are read by then.
  const ended = once(child, 'close');
  const events: z.infer<typeof lineSchema>[] = [];
  const waiting = new Set<() => void>();
  createInterface(child.stdout).on('line', (line) => {
    events.push(lineSchema.parse(JSON.parse(line)));
    for (const look of waiting) look();
  });
  return {
    events,
    waitFor: (kind) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = events.find((event) => event.kind === kind);
          if (found !== undefined) resolve(found);
        };
        waiting.add(look);
        look();
        void ended.then(() => {
          reject(new Error(`the process ended before "${kind}": ${JSON.stringify(events)}`));
        });
      }),
    async end(signal) {
      child.kill(signal);
      await ended;
    },
    [Symbol.dispose]() {
      child.kill('SIGKILL');
    },
  };
}

/** One statement on a connection of its own. */
export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}
