/** A Stop hook carries the answer that the reconciler is writing from the transcript. */
import { waitUntil } from '@headspace/testkit/wait-until';
import { expect, test } from 'vitest';
import { asked, said } from '../../src/features/transcripts/testing/lines.ts';
import { openWorld, type World } from '../../src/features/transcripts/testing/world.ts';
import { reconcileUpTo } from '../testing/transcript-race.ts';

const ANSWER = 'All tests pass.';

async function atWork(world: World): Promise<number> {
  await world.hook('SessionStart', 's', { source: 'startup', model: 'm' });
  await world.hook('UserPromptSubmit', 's', { prompt: 'Run the tests', prompt_id: 'p1' });
  await world.append('s', `${asked('Run the tests', 'p1', 1)}\n${said(ANSWER, 2)}\n`);
  return (await world.agentOf('s')).id;
}

const stop = (world: World): Promise<void> =>
  world.hook('Stop', 's', { prompt_id: 'p1', last_assistant_message: ANSWER });

async function statusOf(world: World): Promise<{ pending: number; applied: number }> {
  const { rows } = await world.pool.query<{ pending: number; applied: number }>(
    `select count(*) filter (where status = 'pending')::int as pending,
       count(*) filter (where status = 'applied')::int as applied from hook_events`,
  );
  return rows[0] ?? { pending: 0, applied: 0 };
}

const answers = async (world: World): Promise<unknown[]> => {
  const { rows } = await world.pool.query(
    `select body, origin, turn_key is not null as of_hook, entry_id is not null as of_entry
     from turns where kind = 'message'`,
  );
  return rows;
};

const ONE_ANSWER = [{ body: ANSWER, origin: 'both', of_hook: true, of_entry: true }];

test('H4: the hook comes while the reconciler has read what is known and not written yet', async () => {
  await using world = await openWorld();
  const agentId = await atWork(world);
  const [server] = world.servers;
  if (server === undefined) throw new Error('no server');
  const reconciler = reconcileUpTo('under the lock, rows read', world, server, {
    agentId,
    sessionId: 's',
  });
  await reconciler.arrived;
  const before = await statusOf(world);
  const hook = stop(world);
  await waitUntil(async () => (await statusOf(world)).pending === 1);
  // It is stored, and waits at the lock: the lock library counts who waits for it.
  await waitUntil(() => server.context.locks.localState().waiting.length > 0);
  expect(await statusOf(world)).toEqual({ ...before, pending: 1 });
  expect(await answers(world)).toEqual([]);
  reconciler.goOn();
  expect(await reconciler.result).toMatchObject({ kind: 'done' });
  await hook;
  expect(await statusOf(world)).toEqual({ pending: 0, applied: before.applied + 1 });
  expect(await answers(world)).toEqual(ONE_ANSWER);
});

test('H4: the hook is applied after the reconciler has read the file and before it writes', async () => {
  await using world = await openWorld();
  const agentId = await atWork(world);
  const [server] = world.servers;
  if (server === undefined) throw new Error('no server');
  const reconciler = reconcileUpTo('before the lock', world, server, { agentId, sessionId: 's' });
  await reconciler.arrived;
  await stop(world);
  expect(await answers(world)).toMatchObject([{ origin: 'hook' }]);
  reconciler.goOn();
  expect(await reconciler.result).toMatchObject({ kind: 'done' });
  expect(await answers(world)).toEqual(ONE_ANSWER);
});
