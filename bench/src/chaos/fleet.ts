/**
 * What a campaign breaks: a PostgreSQL that flushes, and server processes on it, each behind a link
 * of its own. The race sanitizer is in the database, so a write without its lock fails loudly.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installRaceSanitizer, startPostgres, type Postgres } from '@headspace/testkit';
import { spawnServer, type SpawnedServer } from '@headspace/testkit/server';
import pg from 'pg';
import { startProxy, type Proxy } from './proxy.ts';

/** One server process; after its end another one takes its place. */
export interface Member {
  readonly link: Proxy;
  /** Null while it is down. */
  server: SpawnedServer | null;
}

export interface Fleet extends AsyncDisposable {
  readonly postgres: Postgres;
  readonly members: readonly Member[];
  /** For looks behind the API; survives restarts of PostgreSQL. */
  readonly pool: pg.Pool;
  start(member: Member): Promise<void>;
  /** Ends it; what it wrote is kept for `output`. */
  end(member: Member, signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
  /** What all server processes wrote, the ended ones too. */
  output(): string;
}

const MEMBERS = 2;

export async function openFleet(): Promise<Fleet> {
  await using stack = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), 'headspace-chaos-'));
  stack.defer(async () => rm(home, { recursive: true, force: true }));
  const postgres = stack.use(await startPostgres({ durable: true }));
  const pool = new pg.Pool({ connectionString: postgres.url, max: 2 });
  pool.on('error', () => undefined);
  stack.defer(async () => pool.end());
  const members: Member[] = [];
  for (let n = 0; n < MEMBERS; n++) {
    members.push({ link: stack.use(await startProxy(postgres.port)), server: null });
  }
  let written = '';
  const fleet = {
    postgres,
    members,
    pool,
    async start(member: Member) {
      const url = new URL(postgres.url);
      url.port = String(member.link.port);
      // Lines of summaries come up to a second later and by messages of their own: they would make
      // the views at the end differ from what the agents' own messages have told.
      const settings = { 'log.level': 'warn', 'summaries.paused': true } as const;
      member.server = await spawnServer({ database: { url: url.href }, home, settings });
    },
    async end(member: Member, signal: NodeJS.Signals) {
      const { server } = member;
      if (server === null) return 0;
      member.server = null;
      const ending = await server.end(signal);
      written += server.output();
      return ending;
    },
    output: () => written + members.map(({ server }) => server?.output() ?? '').join(''),
  };
  stack.defer(async () => {
    await Promise.all(members.map((member) => fleet.end(member, 'SIGKILL')));
  });
  // The first start migrates.
  for (const member of members) await fleet.start(member);
  await installRaceSanitizer(pool);
  const owned = stack.move();
  return { ...fleet, [Symbol.asyncDispose]: async () => owned.disposeAsync() };
}
