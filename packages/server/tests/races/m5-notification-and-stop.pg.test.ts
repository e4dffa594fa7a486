import { expect, test } from 'vitest';
import { stopNextWrite, waitsOrDone } from '../testing/barrier.ts';
import { type HookWorld } from '../testing/hook-world.ts';
import { openQuietWorld } from '../testing/races.ts';
import { rowsOf } from '../testing/rows.ts';

const NOTIFICATIONS = ['idle_prompt', 'permission_prompt'];

async function atWork(world: HookWorld, id: string) {
  const base = { session_id: id, cwd: '/repo', prompt_id: 'p1' };
  await world.send({ event: 'UserPromptSubmit', payload: { ...base, prompt: 'go' } });
  await world.settled();
  return base;
}

test.each(NOTIFICATIONS)(
  'M5: %s and Stop together, in both orders: the same rows',
  async (type) => {
    await using world = await openQuietWorld();
    const [one, two] = world.servers;
    if (one === undefined || two === undefined) throw new Error('two servers');
    const results: unknown[] = [];
    for (const order of ['stop first', 'notification first']) {
      const id = `tag-${order.slice(0, 4)}`;
      const base = await atWork(world, id);
      const stop = { event: 'Stop', payload: { ...base, last_assistant_message: 'done' } };
      const notification = {
        event: 'Notification',
        payload: { ...base, notification_type: type, message: 'waits' },
      };
      const [first, second] = order === 'stop first' ? [stop, notification] : [notification, stop];
      using write = stopNextWrite(one);
      await world.send({ ...first, server: 0 });
      await write.reached;
      await world.send({ ...second, server: 1, headers: { claudePid: '41' } });
      await waitsOrDone(two, async () => {
        const { rows } = await world.pool.query(
          `select from hook_events where status = 'pending' and event = $1`,
          [second?.event],
        );
        return rows.length === 0;
      });
      write.goOn();
      await world.settled();
      results.push(await rowsOf(world.pool, id));
    }
    expect(results[0]).toEqual(results[1]);
    expect(results[0]).toMatchObject([
      {
        activity: { attention: 'your_turn' },
        commands: [['complete', 'go', 'p1', 'finished']],
      },
    ]);
  },
);
