/** Nobody starves: on the model of the server, where time costs nothing. */
import { expect, it } from 'vitest';
import { ModelServer } from '../test-support/simulation/model-server.ts';
import { World } from '../test-support/simulation/world.ts';
import { pairKey } from './keys.ts';
import { resolveSettings } from './options.ts';
import { LockTable } from './queue/lock-table.ts';
import type { RequestOptions } from './queue/request.ts';

const KEY = pairKey(1, 1);
const EXCLUSIVE: RequestOptions = {
  mode: 'wait',
  shared: false,
  timeoutMs: Infinity,
  purpose: null,
  signal: null,
  report: false,
};
const SHARED: RequestOptions = { ...EXCLUSIVE, shared: true };

function model(seed: number, processes: number) {
  const world = new World(seed);
  const server = new ModelServer(world, { statementFails: 0, notificationLost: 0 });
  const tables = Array.from({ length: processes }, (_, index) => {
    const runtime = world.runtimeOf(index + 1, server.connectFrom(index + 1));
    return new LockTable(resolveSettings({ connectionString: 'model', sessions: 1 }, runtime));
  });
  const take = async (index: number, options: RequestOptions) => {
    const lock = await tables[index]?.request(KEY, options);
    if (lock === null || lock === undefined) throw new Error('not granted');
    return lock;
  };
  /** Take and release again and again, holding it for `holdMs`. */
  const loop = async (index: number, options: RequestOptions, holdMs: number) => {
    for (;;) {
      const lock = await take(index, options);
      await world.sleep(index + 1, holdMs);
      await lock.release();
    }
  };
  return { world, take, loop };
}

it.each([1, 2, 3, 4, 5])(
  'an exclusive request passes shared holders that overlap without end (seed %i)',
  async (seed) => {
    const { world, take, loop } = model(seed, 3);
    for (const reader of [0, 0, 1, 1]) void loop(reader, SHARED, 7);
    await world.run(
      500,
      () => false,
      () => {},
    );
    let turns = 0;
    void (async () => {
      for (; turns < 5; turns++) await (await take(2, EXCLUSIVE)).release();
    })();
    await world.run(
      3_000,
      () => turns === 5,
      () => {},
    );
    expect(turns).toBe(5);
  },
);

it('a shared request stands back for a second, not for ever', async () => {
  const { world, take } = model(1, 3);
  const held = take(0, SHARED);
  await world.run(
    100,
    () => false,
    () => {},
  );
  await held;
  void take(1, EXCLUSIVE);
  await world.run(
    200,
    () => false,
    () => {},
  );
  let at: number | null = null;
  void take(2, SHARED).then(() => (at = world.now));
  await world.run(
    900,
    () => false,
    () => {},
  );
  expect(at).toBeNull();
  await world.run(
    4_000,
    () => at !== null,
    () => {},
  );
  expect(at).toBeGreaterThan(1_000);
});

it.each([1, 2, 3])(
  'a process that waits gets its turn beside one that has many callers (seed %i)',
  async (seed) => {
    const { world, take, loop } = model(seed, 2);
    for (let caller = 0; caller < 5; caller++) void loop(0, EXCLUSIVE, 3);
    await world.run(
      200,
      () => false,
      () => {},
    );
    let turns = 0;
    void (async () => {
      for (; turns < 10; turns++) await (await take(1, EXCLUSIVE)).release();
    })();
    await world.run(
      5_000,
      () => turns === 10,
      () => {},
    );
    expect(turns).toBe(10);
  },
);

it('an exclusive request that gave up keeps nobody back, though its process still uses the key', async () => {
  const { world, take } = model(1, 3);
  let held = 0;
  const takeFor = async (index: number, options: RequestOptions): Promise<void> => {
    await take(index, options);
    held++;
  };
  void takeFor(0, SHARED);
  await world.run(
    100,
    () => false,
    () => {},
  );
  const controller = new AbortController();
  void take(1, { ...EXCLUSIVE, signal: controller.signal }).catch(() => {});
  await world.run(
    200,
    () => false,
    () => {},
  );
  void takeFor(1, SHARED);
  void takeFor(2, SHARED);
  await world.run(
    300,
    () => false,
    () => {},
  );
  expect(held).toBe(1);
  controller.abort();
  await world.run(
    500,
    () => held === 3,
    () => {},
  );
  expect(held).toBe(3);
});
