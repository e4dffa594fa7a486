import { expect, test } from 'vitest';
import { stopNextWrite, waitsOrDone } from '../testing/barrier.ts';
import { isApplied, openQuietWorld, outcomes, runDeferredStop } from '../testing/races.ts';
import { startSession } from '../testing/transcript.ts';
import { type HookWorld } from '../testing/hook-world.ts';

const ENDED = [
  { ended: 'session ended (other)', commands: [['go', 'complete', 'finished', 'known']] },
];

/** A Stop without text, and its answer in the transcript: the deferred stop has its say now. */
async function stopped(world: HookWorld) {
  const session = await startSession(world, 's');
  await session.hook('UserPromptSubmit', { prompt: 'go', prompt_id: 'p1' });
  await session.asks('go', 'p1');
  await session.says('done');
  await session.hook('Stop', { prompt_id: 'p1' });
  await world.settled();
  await world.tick('transcript-reconciler');
  return session;
}

test('H3: the session ends while the deferred stop writes: both have happened', async () => {
  await using world = await openQuietWorld();
  const [one, two] = world.servers;
  if (one === undefined || two === undefined) throw new Error('two servers');
  const session = await stopped(world);
  using write = stopNextWrite(one);
  const deferred = runDeferredStop(world, 0);
  await write.reached;
  await session.hook('SessionEnd', { reason: 'other' }, 1);
  await waitsOrDone(two, () => isApplied(world, 'SessionEnd'));
  write.goOn();
  await deferred;
  await world.settled();
  expect(await outcomes(world)).toEqual(ENDED);
});

test('H3: the deferred stop comes while the session ends: both have happened', async () => {
  await using world = await openQuietWorld();
  const [one, two] = world.servers;
  if (one === undefined || two === undefined) throw new Error('two servers');
  const session = await stopped(world);
  using write = stopNextWrite(one);
  await session.hook('SessionEnd', { reason: 'other' }, 0);
  await write.reached;
  let done = false;
  const deferred = runDeferredStop(world, 1).then(() => (done = true));
  await waitsOrDone(two, () => Promise.resolve(done));
  write.goOn();
  await deferred;
  await world.settled();
  expect(await outcomes(world)).toEqual(ENDED);
});
