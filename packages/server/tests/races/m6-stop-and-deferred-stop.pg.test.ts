import { expect, test } from 'vitest';
import { stopNextWrite, waitsOrDone } from '../testing/barrier.ts';
import { openQuietWorld, outcomes, runDeferredStop } from '../testing/races.ts';
import { startSession } from '../testing/transcript.ts';

/** The same answer comes with a Stop, and out of the transcript for a Stop without it. */
test('M6: a Stop with the text and the deferred one of the same turn make one turn', async () => {
  await using world = await openQuietWorld();
  const [one, two] = world.servers;
  if (one === undefined || two === undefined) throw new Error('two servers');
  const session = await startSession(world, 's');
  await session.hook('UserPromptSubmit', { prompt: 'go', prompt_id: 'p1' });
  await session.asks('go', 'p1');
  await session.hook('Stop', { prompt_id: 'p1' });
  await world.settled();
  await session.says('done');
  using write = stopNextWrite(one);
  const reading = world.tick('transcript-reconciler', 0);
  await write.reached;
  await session.hook('Stop', { prompt_id: 'p1', last_assistant_message: 'done' }, 1);
  await waitsOrDone(two, async () => {
    const { rows } = await world.pool.query(`select from hook_events where status = 'pending'`);
    return rows.length === 0;
  });
  write.goOn();
  await reading;
  await world.settled();
  await world.tick('transcript-reconciler');
  await runDeferredStop(world, 0).catch(() => undefined);
  const { rows } = await world.pool.query(
    `select kind, body from turns where actor = 'agent' order by id`,
  );
  expect(rows).toEqual([{ kind: 'message', body: 'done' }]);
  expect(await outcomes(world)).toEqual([
    { ended: null, commands: [['go', 'complete', 'finished', 'known']] },
  ]);
});
