import { expect, test } from 'vitest';
import { waitUntil } from '@headspace/testkit/wait-until';
import { stopNextWrite } from '../testing/barrier.ts';
import { openQuietWorld, outcomes } from '../testing/races.ts';

/**
 * The Stop hook and the look at the process table both find the command open and both mean to close
 * it. The slower one must not write what it read before.
 */
test('C1: a hook and a loop close the same command: the first one closes it, the second sees that', async () => {
  await using world = await openQuietWorld();
  const [one] = world.servers;
  if (one === undefined) throw new Error('no server');
  world.processes.running.set(41, '7');
  const headers = { claudePid: '41' };
  const base = { session_id: 's', cwd: '/repo' };
  await world.send({
    event: 'UserPromptSubmit',
    payload: { ...base, prompt: 'go', prompt_id: 'p1' },
    headers,
  });
  await world.settled();

  using stop = stopNextWrite(one);
  await world.send({
    event: 'Stop',
    payload: { ...base, prompt_id: 'p1', last_assistant_message: 'done' },
    headers,
  });
  await stop.reached;
  world.processes.running.delete(41);
  const watch = async (): Promise<void> => world.tick('agent-reaper', 1);
  // Two looks end an agent; the lock is taken, so neither does.
  await watch();
  await watch();
  stop.goOn();
  await world.settled();
  expect(await outcomes(world)).toEqual([
    { ended: null, commands: [['go', 'complete', 'finished', 'known']] },
  ]);
  await waitUntil(async () => {
    await watch();
    return (await world.agents())[0]?.endedAt !== null;
  });
  expect(await outcomes(world)).toEqual([
    {
      ended: 'its process (pid 41) is gone',
      commands: [['go', 'complete', 'finished', 'known']],
    },
  ]);
});
