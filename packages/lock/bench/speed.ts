/** Latency, rate and hand-off. All in one run, in turns, so that the machine's moods meet everyone. */
import { createRequire } from 'node:module';
import path from 'node:path';
import pg from 'pg';
import { createAdvisoryLocks, LockNamespace, type LockHandle } from '../src/index.ts';
import { handoffTimes, type HandoffTimes } from './handoff.ts';
import { lockKind } from './kinds.ts';
import { median, quantile, rate, timeEach } from './measure.ts';
import { onCoresOfTheirOwn } from './pin.ts';
import { atLeast, atMost, comparison, type Row } from './rows.ts';

const { AGENT } = LockNamespace;
const ROUNDS = 5;
/** Hand-offs of a round; the first ones warm up. */
const HANDOFFS = 320;
/** Rounds until the code is compiled; not counted. */
const WARM_UP = 6;

/** Uncontended acquire and release, as multiples of one `select 1`. */
export async function latencyRows(url: string): Promise<Row[]> {
  using cores = await onCoresOfTheirOwn(url);
  if (!cores.pinned) console.log('Latencies are measured without taskset: they vary more.');
  await using locks = createAdvisoryLocks({ connectionString: url });
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  const ratios = { acquire: [] as number[], release: [] as number[] };
  const r1: number[] = [];
  const held: LockHandle[] = [];
  for (let round = 1 - WARM_UP; round <= ROUNDS; round++) {
    const trip = median(await timeEach(500, () => client.query('select 1')));
    const acquire = await timeEach(500, async () =>
      held.push(await locks.acquire(AGENT, held.length)),
    );
    const release = await timeEach(500, async () => held.pop()?.release());
    if (round <= 0) continue;
    r1.push(trip);
    ratios.acquire.push(median(acquire) / trip);
    ratios.release.push(median(release) / trip);
  }
  await client.end();
  return [
    comparison('R1: select 1, p50', median(r1) * 1_000, 'µs'),
    atMost('uncontended acquire with token, p50', median(ratios.acquire), '× R1', 1.25),
    atMost('uncontended release, p50', median(ratios.release), '× R1', 1.25),
  ];
}

/** Acquire and release per second of 256 callers on distinct keys. */
export async function rateRows(url: string, peers: string): Promise<Row[]> {
  const kinds = ['this', 'dc', 'advisory-lock'] as const;
  const rates = new Map<string, number[]>();
  const names = Array.from({ length: 256 }, (_, caller) => `key ${caller}`);
  for (let round = 1 - WARM_UP; round <= ROUNDS; round++)
    for (const kind of kinds) {
      const lock = await lockKind(kind, url, peers);
      // One connection for each lock: as many at once as the server has.
      const callers = kind === 'advisory-lock' ? 60 : 256;
      const perSecond = await rate(callers, 700, async (caller) => {
        await (
          await lock.acquire(names[caller] ?? '')
        )();
      });
      await lock.close();
      if (round > 0) rates.set(kind, [...(rates.get(kind) ?? []), perSecond]);
    }
  // Round by round, as what slows the machine down meets both of a round.
  const against = (kind: string): number =>
    median(
      (rates.get(kind) ?? []).map((other, round) => (rates.get('this')?.[round] ?? 0) / other),
    );
  const [ours, dc, peer] = kinds.map((kind) => median(rates.get(kind) ?? []));
  return [
    comparison('locks/s, 256 callers on distinct keys', ours ?? 0, '/s'),
    comparison('  a connection per lock, pool of 25 (DC)', dc ?? 0, '/s'),
    comparison('  advisory-lock (60 callers: it needs a connection each)', peer ?? 0, '/s'),
    atLeast('  against DC', against('dc'), '×', 20),
    atLeast('  against advisory-lock', against('advisory-lock'), '×', 50),
  ];
}

/** From one caller of this process to the next one on the same key. */
export async function localRows(url: string, peers: string): Promise<Row[]> {
  const loadPeer = createRequire(path.join(peers, 'package.json'));
  const { Mutex } = loadPeer('async-mutex') as {
    Mutex: new () => { runExclusive(body: () => void): Promise<void> };
  };
  let grants = 0;
  await using locks = createAdvisoryLocks({
    connectionString: url,
    maxHandOvers: 1_023,
    maxHandOverMs: 60_000,
    onEvent: (event) => event.type === 'acquired' && !event.handedOver && grants++,
  });
  const ours: number[] = [];
  const floor: number[] = [];
  const CALLERS = 1_000;
  const all = (run: () => Promise<unknown>) =>
    timeEach(1, () => Promise.all(Array.from({ length: CALLERS }, run)));
  for (let round = 1 - WARM_UP; round <= ROUNDS; round++) {
    grants = 0;
    const [time = 0] = await all(() => locks.advisoryLock(AGENT, 1, {}, () => {}));
    const mutex = new Mutex();
    const [other = 0] = await all(() => mutex.runExclusive(() => {}));
    if (round > 0) {
      ours.push((time * 1_000) / CALLERS);
      floor.push((other * 1_000) / CALLERS);
    }
  }
  return [
    atMost('in-process hand-off', median(ours), 'µs', 20),
    comparison('  async-mutex, which knows no other process', median(floor), 'µs'),
    atMost('  grants of the server per 1,000 hand-offs', grants, '', 1),
  ];
}

/**
 * From the release in one process to the grant in another one that waited for 5 ms, as multiples of
 * the `select 1` that took turns with it.
 */
export async function handoffRows(url: string, peers: string, hasRedis: boolean): Promise<Row[]> {
  const ours: Quantiles[] = [];
  const dc: Quantiles[] = [];
  const againstHot: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(quantilesOf(await handoffTimes('this', url, peers, HANDOFFS, 5)));
    dc.push(quantilesOf(await handoffTimes('dc', url, peers, HANDOFFS, 5)));
    againstHot.push((ours.at(-1)?.micros ?? Number.NaN) / (await roundTripWithoutPause(url)));
  }
  const of = (rounds: readonly Quantiles[], name: keyof Quantiles): number =>
    median(rounds.map((each) => each[name]));
  const rows = [
    comparison('R1 in turns with hand-offs, after 5 ms, p50', of(ours, 'r1'), 'µs'),
    atMost('cross-process hand-off after 5 ms, p50', of(ours, 'p50'), '× that R1', 3),
    atMost('cross-process hand-off after 5 ms, p99', of(ours, 'p99'), '× that R1', 10),
    comparison('  p50', of(ours, 'micros'), 'µs'),
    comparison('  p50, against a select 1 without a pause', median(againstHot), '×'),
    comparison('  DC (blocks in the server), p50', of(dc, 'p50'), '× its R1'),
    comparison('  DC (blocks in the server), p99', of(dc, 'p99'), '× its R1'),
    comparison('  DC (blocks in the server), p50', of(dc, 'micros'), 'µs'),
  ];
  if (!hasRedis) return rows;
  const { handoffs } = await handoffTimes('redlock', url, peers, 30, 20);
  return [...rows, comparison('  redlock (polls), p50', median(handoffs) / 1_000, 'ms')];
}

/** Microseconds of a `select 1` in a loop of nothing else, p50. */
async function roundTripWithoutPause(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const times = await timeEach(1_000, () => client.query('select 1'));
  await client.end();
  return median(times.slice(200)) * 1_000;
}

interface Quantiles {
  readonly r1: number;
  readonly micros: number;
  readonly p50: number;
  readonly p99: number;
}

function quantilesOf({ handoffs, roundTrips }: HandoffTimes): Quantiles {
  const r1 = median(roundTrips);
  const micros = median(handoffs);
  return { r1, micros, p50: micros / r1, p99: quantile(handoffs, 0.99) / r1 };
}
