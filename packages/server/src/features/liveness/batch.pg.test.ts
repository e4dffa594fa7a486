/** A pass judges at most a batch of agents, and leaves nobody out for ever. */
import { expect, test } from 'vitest';
import { openLivenessWorld, SOCKET, start } from '../../../tests/testing/liveness-world.ts';

test('more agents than a batch: each has its turn', async () => {
  await using small = await openLivenessWorld(1, { 'agentReaper.batchSize': 1 });
  small.tmux.open(SOCKET, '%999', 1);
  for (const name of ['%1', '%2', '%3']) {
    await small.send(start(`in ${name}`, { tmux: `${SOCKET},1,0`, tmuxPane: name }));
  }
  await small.settled();
  for (const ms of [5_000, 300_000]) {
    small.pass(ms);
    for (let pass = 0; pass < 3; pass++) await small.tick('agent-reaper');
  }
  expect((await small.agents()).map(({ attention }) => attention)).toEqual([
    'ended',
    'ended',
    'ended',
  ]);
});
