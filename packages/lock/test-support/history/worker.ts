/**
 * A process that takes locks and writes under them, again and again, and tells what it does: one JSON
 * line each. Arguments: orders as JSON. Ends with its standard input; the line `block MS` keeps its
 * event loop busy.
 */
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { createAdvisoryLocks, guardFence, type LockHandle } from '../../src/index.ts';
import { nowMs, type WorkerEvent, type WorkerNote } from './events.ts';

export interface Orders {
  readonly name: string;
  /** Where the locks connect; may lead through a link that goes bad. */
  readonly lockUrl: string;
  /** Where the data is. */
  readonly dataUrl: string;
  readonly keys: number;
  readonly leaseMs: number;
  /** No locks at all: the control run. */
  readonly unlocked: boolean;
}

export type WorkerLine = WorkerEvent | WorkerNote;

const NAMESPACE = 9;
const BLIND = 0.3;
/** So many hold it for longer than a lease that is not renewed. */
const LONG = 0.1;
const orders = JSON.parse(process.argv[2] ?? '') as Orders;
const { name, leaseMs, unlocked } = orders;
const locks = createAdvisoryLocks({
  connectionString: orders.lockUrl,
  applicationName: 'history',
  leaseMs,
  recheckMs: 100,
  connectTimeoutMs: 1_000,
  onEvent: ({ type }) => {
    if (type === 'session_lost') tell({ kind: 'session lost' });
  },
});
let data: Client | null = null;
let ended = false;
let grants = 0;

function tell(line: WorkerLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  const end = nowMs() + Number(line.split(' ')[1] ?? 0);
  while (nowMs() < end);
});
input.on('close', () => {
  ended = true;
});

while (!ended) {
  try {
    await once();
  } catch {
    // A lost lock, a refused write, a database that is away: that is what this is about.
    await pause(20);
  }
}
await Promise.race([locks.close(), pause(500)]);
process.exit(0);

async function once(): Promise<void> {
  const key = 1 + Math.floor(Math.random() * orders.keys);
  const client = await connected();
  if (unlocked) return work(client, key, null, `${name}-${++grants}`);
  const lock = await locks.acquire(NAMESPACE, key, { timeoutMs: 3_000 });
  const holder = `${name}-${++grants}`;
  tell({ kind: 'granted', at: nowMs(), holder, key, token: Number(lock.token) });
  lock.signal.addEventListener('abort', () => tell({ kind: 'told', at: nowMs(), holder }));
  try {
    await work(client, key, lock, holder);
  } finally {
    tell({ kind: 'releasing', at: nowMs(), holder });
    await lock.release();
  }
}

/** Reads, changes and writes twice: without any protection, and in a fenced transaction. */
async function work(
  client: Client,
  key: number,
  lock: LockHandle | null,
  holder: string,
): Promise<void> {
  // Some believe without asking that they hold it still: there the fence alone protects.
  const blind = lock !== null && Math.random() < BLIND;
  const plain = await valueOf(client, 'plain', key);
  await pause(lock !== null && Math.random() < LONG ? leaseMs * 1.2 : Math.random() * 4);
  if (!blind) {
    assertHeld(lock, holder);
    await client.query('update plain set value = $2 where key = $1', [key, plain + 1]);
    tell({ kind: 'plain', key });
  }
  if (lock === null) return;
  await client.query('begin');
  try {
    await guardFence(client, lock);
    const fenced = await valueOf(client, 'fenced', key);
    await client.query('update fenced set value = $2 where key = $1', [key, fenced + 1]);
    await client.query('insert into writes (key, token, holder) values ($1, $2, $3)', [
      key,
      String(lock.token),
      holder,
    ]);
    await client.query('commit');
    tell({ kind: 'written', at: nowMs(), holder });
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** The time before the look: whoever was granted later than that is no contradiction. */
function assertHeld(lock: LockHandle | null, holder: string): void {
  if (lock === null) return;
  const at = nowMs();
  lock.assertHeld();
  tell({ kind: 'asserted', at, holder });
}

async function valueOf(client: Client, table: 'plain' | 'fenced', key: number): Promise<number> {
  const text = `select value from ${table} where key = $1`;
  const { rows } = await client.query<{ value: number }>(text, [key]);
  return rows[0]?.value ?? 0;
}

async function connected(): Promise<Client> {
  if (data !== null) return data;
  const client = new Client({ connectionString: orders.dataUrl, connectionTimeoutMillis: 1_000 });
  client.on('error', () => {
    if (data === client) data = null;
  });
  await client.connect();
  data = client;
  return client;
}
