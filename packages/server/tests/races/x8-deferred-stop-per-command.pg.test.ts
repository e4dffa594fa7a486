import { waitUntil } from '@headspace/testkit/wait-until';
import { expect, test } from 'vitest';
import { openHookWorld } from '../testing/hook-world.ts';
import { outcomes } from '../testing/races.ts';
import { startSession } from '../testing/transcript.ts';

/** In the reference the second Stop finds "already pending" for its agent, and is lost. */
test('X8: the Stop of the next command is not swallowed by the one that still waits', async () => {
  await using world = await openHookWorld();
  const session = await startSession(world, 's');
  for (const n of [1, 2]) {
    await session.hook('UserPromptSubmit', { prompt: `go ${n}`, prompt_id: `p${n}` });
    await session.hook('Stop', { prompt_id: `p${n}` });
  }
  await world.settled();
  const waiting = await world.pool.query('select key from graphile_worker.jobs order by key');
  expect(waiting.rows).toHaveLength(2);
  for (const n of [1, 2]) {
    await session.asks(`go ${n}`, `p${n}`);
    await session.says(`done ${n}`);
  }
  await waitUntil(async () => {
    const { rows } = await world.pool.query(`select from commands where output = 'pending'`);
    return rows.length === 0;
  });
  expect(await outcomes(world)).toEqual([
    {
      ended: null,
      commands: [
        ['go 1', 'complete', 'finished', 'known'],
        ['go 2', 'complete', 'finished', 'known'],
      ],
    },
  ]);
  const { rows } = await world.pool.query(
    `select c.prompt, t.body from turns t join commands c on c.id = t.command_id
     where t.kind = 'message' order by c.id`,
  );
  expect(rows).toEqual([
    { prompt: 'go 1', body: 'done 1' },
    { prompt: 'go 2', body: 'done 2' },
  ]);
});
