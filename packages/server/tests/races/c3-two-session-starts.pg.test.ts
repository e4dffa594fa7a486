import { expect, test } from 'vitest';
import { stopNextWrite } from '../testing/barrier.ts';
import { openQuietWorld } from '../testing/races.ts';

/** What is done once at the start of a session (personas, later) hangs on this one transition. */
test('C3: two SessionStart of one session at once are one start', async () => {
  await using world = await openQuietWorld();
  const [one] = world.servers;
  if (one === undefined) throw new Error('no server');
  const payload = { session_id: 's', cwd: '/repo', source: 'startup', model: 'm' };
  using stop = stopNextWrite(one);
  const first = world.send({ event: 'SessionStart', payload, headers: { claudePid: '41' } });
  await stop.reached;
  await world.send({ event: 'SessionStart', payload, server: 1 });
  await world.servers[1]?.context.hooks.settled();
  stop.goOn();
  await first;
  await world.settled();
  const { rows } = await world.pool.query(
    `select a.session_id, (select json_agg(t.to_attention) from transitions t
       where t.agent_id = a.id) as steps from agents a`,
  );
  expect(rows).toEqual([{ session_id: 's', steps: ['idle'] }]);
});
