/** One run: workers on a few keys, faults among them, and what became of it. */
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { Client } from 'pg';
import { fenceGuardSql } from '../../src/index.ts';
import type { Cluster } from '../cluster.ts';
import type { AcceptedWrite, Fault, History, WorkerEvent } from './events.ts';
import type { WorkerLine } from './worker.ts';
import { type Field, inflict, Place } from './nemesis.ts';

export interface HistoryRun {
  readonly faults: readonly Fault[];
  /** Locks off: the control. */
  readonly unlocked?: boolean;
}

const WORKERS = 4;
const KEYS = 2;
/** The shortest that the package takes is 500 ms. */
const LEASE_MS = 600;
/** How long the workers work before, between and after faults: the load itself, no wait for something. */
const WORK_MS = 400;
/** Fewer prove nothing; on a busy machine the time above is not enough for them. */
const LEAST_WRITES = 15;

export async function runHistory(cluster: Cluster, run: HistoryRun): Promise<History> {
  const database = `history_${randomBytes(5).toString('hex')}`;
  await onDatabase(cluster, 'postgres', async (client) => {
    await client.query(`create database ${database}`);
  });
  await onDatabase(cluster, database, async (client) => {
    await client.query(tables());
  });
  const field: Field = { cluster, database, leaseMs: LEASE_MS };
  const base = {
    dataUrl: cluster.url(database),
    keys: KEYS,
    leaseMs: LEASE_MS,
    unlocked: run.unlocked ?? false,
  };
  const places = Array.from({ length: WORKERS }, (_, n) => new Place(field, `w${n}`, base));
  await Promise.all(places.map(async (place) => place.start()));
  await until('every worker works', () => places.every(({ lines }) => lines.length > 0));
  for (const [n, fault] of run.faults.entries()) {
    const victim = places[n % WORKERS];
    if (victim !== undefined) await inflict(fault, field, victim);
    await pause(WORK_MS);
  }
  await pause(WORK_MS);
  await until('enough was written', () => written(places) >= LEAST_WRITES);
  await Promise.all(places.map(async (place) => place.end()));
  const history = await collect(cluster, database, run, places);
  await onDatabase(cluster, 'postgres', async (client) => {
    await client.query(`drop database ${database} with (force)`);
  });
  return history;
}

const tables = (): string => `
  ${fenceGuardSql()}
  create table plain (key int primary key, value int not null);
  create table fenced (key int primary key, value int not null);
  create table writes (id bigserial primary key, key int, token bigint, holder text);
  insert into plain select k, 0 from generate_series(1, ${KEYS}) k;
  insert into fenced select k, 0 from generate_series(1, ${KEYS}) k`;

const written = (places: readonly Place[]): number =>
  places.reduce((sum, { lines }) => sum + lines.filter(({ kind }) => kind === 'plain').length, 0);

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not so within 30 s: ${what}`);
    await pause(10);
  }
}

async function collect(
  cluster: Cluster,
  database: string,
  { faults }: HistoryRun,
  places: readonly Place[],
): Promise<History> {
  const lines = places.flatMap((place) => place.lines);
  const events = lines.filter(isEvent);
  const lost = lines.filter(({ kind }) => kind === 'session lost').length;
  const replaced = places.reduce((sum, { processes }) => sum + processes - 1, 0);
  const plainWritten = new Map<number, number>();
  for (const line of lines) {
    if (line.kind === 'plain') plainWritten.set(line.key, (plainWritten.get(line.key) ?? 0) + 1);
  }
  return onDatabase(cluster, database, async (client) => {
    const { rows } = await client.query<AcceptedWrite>(
      'select key, token::float8 as token, holder from writes order by id',
    );
    return {
      faults,
      events: events.toSorted((a, b) => a.at - b.at),
      writes: rows,
      fenced: await valuesOf(client, 'fenced'),
      plain: await valuesOf(client, 'plain'),
      plainWritten,
      hits: lost + replaced,
    };
  });
}

const isEvent = (line: WorkerLine): line is WorkerEvent =>
  line.kind !== 'plain' && line.kind !== 'session lost';

async function valuesOf(client: Client, table: string): Promise<Map<number, number>> {
  const { rows } = await client.query<{ key: number; value: number }>(`table ${table}`);
  return new Map(rows.map(({ key, value }) => [key, value]));
}

async function onDatabase<T>(
  cluster: Cluster,
  database: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ connectionString: cluster.url(database) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
