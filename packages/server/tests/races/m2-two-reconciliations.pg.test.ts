/** Two servers of one machine have read the same lines of a file, and both want to write them. */
import { expect, test } from 'vitest';
import { asked, said } from '../../src/features/transcripts/testing/lines.ts';
import { booksOf, openWorld } from '../../src/features/transcripts/testing/world.ts';
import { reconcileUpTo } from '../testing/transcript-race.ts';

const ORDERS = ['one after the other', 'at once'] as const;

test.each(ORDERS)('M2: two reconciliations with the same lines in hand, %s', async (order) => {
  await using world = await openWorld();
  const [first] = world.servers;
  if (first === undefined) throw new Error('no server');
  const second = await world.start();
  await world.hook('SessionStart', 's', { source: 'startup', model: 'm' });
  const session = { agentId: (await world.agentOf('s')).id, sessionId: 's' };
  await world.append('s', `${asked('go', 'p1', 1)}\n${said('done', 2)}\n`);
  const both = [first, second].map((server) =>
    reconcileUpTo('before the lock', world, server, session),
  );
  await Promise.all(both.map(({ arrived }) => arrived));
  for (const { goOn, result } of both) {
    goOn();
    if (order === 'one after the other') await result;
  }
  const results = await Promise.all(both.map(({ result }) => result));
  expect(results.map(({ kind }) => kind).toSorted()).toEqual(['busy', 'done']);
  const books = await booksOf(world.pool, session.agentId);
  expect((await world.turns('s')).map(({ text }) => text)).toEqual(['go', 'done']);
  expect((await world.agentOf('s')).usage).toMatchObject({ messages: 1, outputTokens: 5 });

  // The loser reads again and finds that nothing is left to do.
  await world.look(second);
  expect(await booksOf(world.pool, session.agentId)).toEqual(books);
});

test('M2: one holds the agent while the other comes: it leaves at once and comes again', async () => {
  await using world = await openWorld();
  const [first] = world.servers;
  if (first === undefined) throw new Error('no server');
  const second = await world.start();
  await world.hook('SessionStart', 's', { source: 'startup', model: 'm' });
  const session = { agentId: (await world.agentOf('s')).id, sessionId: 's' };
  await world.append('s', `${said('one', 1)}\n`);
  const holder = reconcileUpTo('under the lock, rows read', world, first, session);
  await holder.arrived;
  await world.append('s', `${said('two', 2)}\n`);
  await world.look(second);
  expect(await world.turns('s')).toEqual([]);
  holder.goOn();
  expect(await holder.result).toMatchObject({ kind: 'done' });
  await world.look(second);
  expect((await world.turns('s')).map(({ text }) => text)).toEqual(['one', 'two']);
  expect((await world.agentOf('s')).usage).toMatchObject({ messages: 2, outputTokens: 10 });
});
