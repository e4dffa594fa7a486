/**
 * Hook sequences of three agents at once, over two servers, with duplicates and with events of one
 * moment in any order, end in the same rows as each sequence alone and in order.
 */
import { momentsOf, ordersOf } from '@headspace/testkit/arrival-order';
import { listSessions, loadSession, type RecordedEvent } from '@headspace/testkit/recordings';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type HookHeaders, type HookWorld, openHookWorld } from './testing/hook-world.ts';
import { processesOf } from './testing/recorded-run.ts';
import { rowsOf } from './testing/rows.ts';

const RUNS = 25;
const SEED = 20_261_101;

/** One agent's part: which recording it plays and by what marks its process is known. */
interface Part {
  readonly recording: string;
  readonly marks: 'pane' | 'pid and pane';
}

/** How one event travels. */
interface Choice {
  readonly server: number;
  readonly order: number;
  readonly repeat: 'once' | 'same id at once' | 'same id later' | 'without an id';
}

const ORDERLY: Choice = { server: 0, order: 0, repeat: 'once' };
let runs = 0;

/** Plays one part; gives the tag under which its rows are found. */
async function play(world: HookWorld, part: Part, choices: readonly Choice[]): Promise<string> {
  const run = ++runs;
  // Begins with letters, so that it is found nowhere else in a payload.
  const tag = `dddd${run.toString(16).padStart(4, '0')}`;
  const events = loadSession(part.recording);
  const processes = processesOf(events);
  let later: (() => Promise<void>)[] = [];
  let step = 0;
  for (const moment of momentsOf(events)) {
    const choice = choices[step++ % choices.length] ?? ORDERLY;
    const orders = ordersOf(moment);
    const order = orders[choice.order % orders.length] ?? moment;
    const again = later;
    later = [];
    await Promise.all([
      ...order.map(async (event) => {
        const headers = headersOf(run, part, processes[event.index] ?? 0);
        const repeated = await deliver(world, tag, event, headers, choice);
        if (repeated !== null) later.push(repeated);
      }),
      ...again.map(async (repeat) => repeat()),
    ]);
  }
  await Promise.all(later.map(async (repeat) => repeat()));
  return tag;
}

/** Sends an event as chosen; a repetition that is to come later is given back. */
async function deliver(
  world: HookWorld,
  tag: string,
  event: RecordedEvent,
  headers: HookHeaders,
  { server, repeat }: Choice,
): Promise<(() => Promise<void>) | null> {
  const payload = JSON.parse(
    JSON.stringify(event.payload).replaceAll(/5e551000|9a0c0000/g, tag),
  ) as object;
  const hook = { event: event.event, payload };
  const named = { ...hook, headers: { ...headers, eventId: `${tag}-${event.index}` } };
  const other = 1 - server;
  switch (repeat) {
    case 'once':
      await world.send({ ...hook, headers, server });
      return null;
    case 'same id at once':
      await Promise.all([
        world.send({ ...named, server }),
        world.send({ ...named, server: other }),
      ]);
      return null;
    case 'same id later':
      await world.send({ ...named, server });
      return async () => world.send({ ...named, server: other });
    case 'without an id':
      await world.send({ ...hook, headers, server });
      await world.send({ ...hook, headers, server: other });
      return null;
  }
}

function headersOf(run: number, part: Part, process: number): HookHeaders {
  const pane = { tmux: `/tmp/tmux/${run},1,0`, tmuxPane: '%1' };
  if (part.marks === 'pane') return pane;
  return { ...pane, claudePid: String(1_000 * run + process + 2) };
}

/** Rows of a part that is played alone and in order. */
const alone = new Map<string, Promise<unknown>>();

async function expected(world: HookWorld, part: Part): Promise<unknown> {
  const key = JSON.stringify(part);
  const known = alone.get(key) ?? playAlone(world, part);
  alone.set(key, known);
  return known;
}

async function playAlone(world: HookWorld, part: Part): Promise<unknown> {
  const tag = await play(world, part, [ORDERLY]);
  await world.settled();
  return rowsOf(world.pool, tag);
}

const part: fc.Arbitrary<Part> = fc.record({
  recording: fc.constantFrom(...listSessions()),
  marks: fc.constantFrom('pane' as const, 'pid and pane' as const),
});
const choice: fc.Arbitrary<Choice> = fc.record({
  server: fc.constantFrom(0, 1),
  order: fc.nat(5),
  repeat: fc.constantFrom('once', 'same id at once', 'same id later', 'without an id'),
});
const choices = fc.array(choice, { minLength: 5, maxLength: 40 });

test(`three agents, two servers, ${RUNS} runs`, async () => {
  await using world = await openHookWorld({ servers: 2 });
  const threeParts = fc.tuple(
    fc.tuple(part, choices),
    fc.tuple(part, choices),
    fc.tuple(part, choices),
  );
  await fc.assert(
    fc.asyncProperty(threeParts, async (parts) => {
      const wanted: unknown[] = [];
      for (const [each] of parts) wanted.push(await expected(world, each));
      const tags = await Promise.all(parts.map(async ([each, how]) => play(world, each, how)));
      await world.settled();
      const ended = await Promise.all(tags.map(async (tag) => rowsOf(world.pool, tag)));
      expect(ended).toEqual(wanted);
    }),
    { numRuns: RUNS, seed: SEED, endOnFailure: true },
  );
  const { rows: parked } = await world.pool.query(
    `select event, error from hook_events where status in ('parked', 'pending')`,
  );
  expect(parked).toEqual([]);
}, 120_000);
