import fc from 'fast-check';
import { waitUntil } from '@headspace/testkit/wait-until';
import { describe, expect, test } from 'vitest';
import type { Events } from './events.ts';
import type { StreamItem } from './subscription.ts';
import { connect, eventsFixture, parseFrames, put, stream, take } from './testing.ts';

const never = new AbortController().signal;

/** Puts messages into the stream, in this order. */
async function fill(
  fixture: { pool: Parameters<typeof put>[0] },
  events: Events,
  texts: readonly string[],
): Promise<void> {
  await fixture.pool.query(
    `insert into outbox (type, message) select 'test', text
     from unnest($1::text[]) with ordinality as t(text, n) order by n`,
    [texts.map((text) => JSON.stringify(text))],
  );
  await events.sequence();
}

const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => String(from + index));

describe('a reader', () => {
  test('without a cursor begins at the present end and is told where that is', async () => {
    await using fixture = await eventsFixture();
    const events = fixture.process();
    await fill(fixture, events, ['old']);
    const items = events.subscribe({ after: undefined, signal: never });
    expect((await items.next()).value).toEqual({ kind: 'start', last: 1 });
    await fill(fixture, events, ['new']);
    expect((await take(items, 1)).messages).toEqual([{ id: 2, message: 'new' }]);
    await items.return();
  });

  test('gets everything after its cursor from the database, then live, then in parts of a batch', async () => {
    await using fixture = await eventsFixture();
    const events = fixture.process();
    await fill(fixture, events, numbers(1, 1200));
    const items = events.subscribe({ after: 10, signal: never });
    const old = await take(items, 1190);
    await fill(fixture, events, numbers(1201, 1210));
    const live = await take(items, 10);
    expect([...old.messages, ...live.messages].map(({ id }) => id)).toEqual(
      numbers(11, 1210).map(Number),
    );
    // The last ten came as one batch; a second reader begins inside it, in the ring.
    const second = events.subscribe({ after: 1205, signal: never });
    expect((await take(second, 5)).messages.map(({ message }) => message)).toEqual(
      numbers(1206, 1210),
    );
    await Promise.all([items.return(), second.return()]);
  });

  test('gets more at once than one read fetches', async () => {
    await using fixture = await eventsFixture();
    const events = fixture.process();
    const items = events.subscribe({ after: 0, signal: never });
    await items.next();
    await fill(fixture, events, numbers(1, 1200));
    expect((await take(items, 1200)).messages.map(({ id }) => id)).toEqual(
      numbers(1, 1200).map(Number),
    );
    await items.return();
  });

  test('hears of what another process announces, without a poll', async () => {
    await using fixture = await eventsFixture();
    const here = fixture.process();
    const there = fixture.process();
    here.start();
    const items = here.subscribe({ after: 0, signal: never });
    await items.next();
    await waitUntil(
      async () => {
        const { rowCount } = await fixture.pool.query(
          `select from pg_stat_activity where datname = current_database()
         and query = 'listen headspace_stream' and state = 'idle'`,
        );
        return rowCount === 1;
      },
      { what: 'it listens' },
    );
    await fill(fixture, there, ['from there']);
    expect((await take(items, 1)).messages).toEqual([{ id: 1, message: 'from there' }]);
    await items.return();
  });

  test('hears of it by the slow poll where the notification is lost', async () => {
    await using fixture = await eventsFixture();
    const deaf = fixture.process();
    const there = fixture.process();
    const items = deaf.subscribe({ after: 0, signal: never });
    await items.next();
    await fill(fixture, there, ['unheard']);
    const next = take(items, 1);
    await deaf.tick();
    expect((await next).messages).toEqual([{ id: 1, message: 'unheard' }]);
    await items.return();
  });

  test('ends at once when its signal fires, also while it waits', async () => {
    await using fixture = await eventsFixture();
    const events = fixture.process();
    const stop = new AbortController();
    const items = events.subscribe({ after: 0, signal: stop.signal });
    await items.next();
    const waiting = items.next();
    expect(events.readers).toBe(1);
    stop.abort();
    expect((await waiting).done).toBe(true);
    expect(events.readers).toBe(0);
  });
});

describe('a cursor that means nothing here', () => {
  const resets = async (events: Events, after: number | null): Promise<StreamItem | void> => {
    const items = events.subscribe({ after, signal: never });
    const { value } = await items.next();
    await items.return();
    return value;
  };

  test('leads to a reset: older than what is kept, ahead of the end, not ours', async () => {
    await using fixture = await eventsFixture();
    const events = fixture.process();
    await fill(fixture, events, numbers(1, 10));
    await fixture.pool.query('delete from stream where position <= 6');
    const reset = { kind: 'reset', last: 10 };
    expect(await resets(events, 5)).toEqual(reset);
    expect(await resets(events, 11)).toEqual(reset);
    expect(await resets(events, null)).toEqual(reset);
    // The first message that is kept is the very next one.
    expect(await resets(events, 6)).toEqual({ kind: 'start', last: 6 });
    expect(await resets(events, 10)).toEqual({ kind: 'start', last: 10 });
  });

  test('goes on from the end after the reset', async () => {
    await using fixture = await eventsFixture();
    const events = fixture.process();
    await fill(fixture, events, numbers(1, 3));
    const items = events.subscribe({ after: 99, signal: never });
    expect((await items.next()).value).toEqual({ kind: 'reset', last: 3 });
    await fill(fixture, events, ['next']);
    expect((await take(items, 1)).messages).toEqual([{ id: 4, message: 'next' }]);
    await items.return();
  });

  test('is noticed by a reader that is connected when the database is restored', async () => {
    await using fixture = await eventsFixture();
    const events = fixture.process();
    await fill(fixture, events, numbers(1, 20));
    const items = events.subscribe({ after: 20, signal: never });
    await items.next();
    await fixture.pool.query('delete from stream where position > 5');
    const next = items.next();
    await events.tick();
    expect((await next).value).toEqual({ kind: 'reset', last: 5 });
    await fill(fixture, events, ['after']);
    expect((await take(items, 1)).messages).toEqual([{ id: 6, message: 'after' }]);
    await items.return();
  });

  test('is noticed when the messages go while they are being read', async () => {
    await using fixture = await eventsFixture();
    const events = fixture.process();
    await fill(fixture, events, numbers(1, 1500));
    const items = events.subscribe({ after: 0, signal: never });
    await take(items, 1);
    await fixture.pool.query('delete from stream where position < 1400');
    expect((await take(items, 1500)).other).toEqual({ kind: 'reset', last: 1500 });
    await items.return();
  });
});

test('a reader that falls out of the ring ends, and loses nothing by coming back', async () => {
  await using fixture = await eventsFixture();
  const events = fixture.process({ ringBytes: 2_000 });
  const slow = events.subscribe({ after: 0, signal: never });
  const quick = events.subscribe({ after: 0, signal: never });
  await slow.next();
  await quick.next();
  await fill(fixture, events, ['1']);
  expect((await take(slow, 1)).messages).toHaveLength(1);
  await take(quick, 1);
  for (let n = 2; n <= 30; n++) {
    await fill(fixture, events, [`${n}`.padEnd(200, '.')]);
    await take(quick, 1);
  }
  const end = await take(slow, 30);
  expect(end.other).toEqual({ kind: 'end', last: 1, reason: 'too_slow' });
  const back = events.subscribe({ after: 1, signal: never });
  expect((await take(back, 29)).messages.map(({ id }) => id)).toEqual(numbers(2, 30).map(Number));
  await Promise.all([back.return(), quick.return()]);
});

test('any text arrives as it was', async () => {
  await using fixture = await eventsFixture();
  const events = fixture.process();
  const texts = ['ünïcödé 🧠', 'line\u2028separator', '\\u0000', 'a\r\nb'];
  await fill(fixture, events, texts);
  const items = events.subscribe({ after: 0, signal: never });
  expect((await take(items, 4)).messages.map(({ message }) => message)).toEqual(texts);
  await items.return();
});

/**
 * Writers commit out of the order of their ids, two processes sequence, and a reader breaks off
 * anywhere and comes back to either process: it sees each message once, in one order.
 */
test('a reader that reconnects to any process at any cursor misses nothing', async () => {
  await using fixture = await eventsFixture();
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 5, maxLength: 40 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 8 }),
      fc.infiniteStream(fc.nat(1)),
      async (steps, portions, choices) => {
        const processes = [0, 1].map(() => fixture.process({ sequenceGapMs: 1, ringBytes: 600 }));
        for (const each of processes) each.start();
        const choose = (): Events => processes[choices.next().value ?? 0] as Events;
        const begin = Number(await choose().cursor());
        const expected = steps.filter((step) => step < 3).length;
        const writing = write(fixture.database.url, steps, choose);
        const seen: { id: number; message: string }[] = [];
        for (let turn = 0; seen.length < expected; turn++) {
          const reader = choose();
          const portion = portions[turn % portions.length] ?? 1;
          const items = reader.subscribe({ after: seen.at(-1)?.id ?? begin, signal: never });
          seen.push(...(await readPortion(items, Math.min(portion, expected - seen.length))));
        }
        await writing;
        const all = (await stream(fixture.pool)).filter(({ position }) => position > begin);
        expect(seen).toEqual(all.map(({ position, message }) => ({ id: position, message })));
        await Promise.all(processes.map((each) => each[Symbol.asyncDispose]()));
      },
    ),
    { numRuns: 15 },
  );
}, 60_000);

/** Three writers with open transactions; a step of 3 rolls the oldest back, others commit in turn. */
async function write(url: string, steps: readonly number[], choose: () => Events): Promise<void> {
  await using first = await connect(url);
  await using second = await connect(url);
  await using third = await connect(url);
  const clients = [first, second, third];
  const open = new Set<number>();
  const end = async (writer: number, how: 'commit' | 'rollback'): Promise<void> => {
    open.delete(writer);
    await clients[writer]?.query(how);
    choose().nudge();
  };
  for (const [index, step] of steps.entries()) {
    if (step === 3) {
      const client = clients[0];
      if (client !== undefined && !open.has(0)) {
        await client.query('begin');
        await put(client, `undone ${index}`);
        await client.query('rollback');
      }
      continue;
    }
    if (open.has(step)) await end(step, 'commit');
    const client = clients[step];
    if (client === undefined) continue;
    await client.query('begin');
    open.add(step);
    await put(client, `${step}/${index}`);
  }
  for (const writer of [...open].reverse()) await end(writer, 'commit');
}

async function readPortion(
  items: AsyncGenerator<StreamItem, void, void>,
  count: number,
): Promise<{ id: number; message: string }[]> {
  const found: { id: number; message: string }[] = [];
  for await (const item of items) {
    if (item.kind === 'messages') found.push(...parseFrames(item.bytes));
    else if (item.kind !== 'start') break;
    if (found.length >= count) break;
  }
  return found;
}
