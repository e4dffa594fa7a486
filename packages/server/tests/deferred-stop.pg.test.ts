/**
 * A Stop without the last message: the command is over at once, and what it said is looked for in
 * the transcript by a durable job, with real loops, workers and files.
 */
import type { CommandView } from '@headspace/contract';
import { waitUntil } from '@headspace/testkit/wait-until';
import { expect, test } from 'vitest';
import { type HookWorld, openHookWorld } from './testing/hook-world.ts';
import { type Session, startSession } from './testing/transcript.ts';

interface CommandRow {
  prompt: string | null;
  state: string;
  outcome: string | null;
  output: string | null;
  /** Last message that belongs to the command. */
  answer: string | null;
}

async function commands({ pool }: Pick<HookWorld, 'pool'>): Promise<CommandRow[]> {
  const { rows } = await pool.query<CommandRow>(
    `select c.prompt, c.state, c.outcome, c.output,
       (select body from turns t where t.command_id = c.id and t.kind = 'message'
         order by happened_at desc limit 1) as answer
     from commands c order by c.id`,
  );
  return rows;
}

const jobs = async ({ pool }: HookWorld): Promise<number> =>
  (await pool.query(`select from graphile_worker.jobs where task_identifier = 'deferred-stop'`))
    .rowCount ?? 0;

async function command(world: HookWorld): Promise<CommandView | null> {
  const [agent] = await world.agents();
  return agent?.command ?? null;
}

async function settled(world: HookWorld, count = 1): Promise<CommandRow[]> {
  return waitUntil(
    async () => {
      const rows = await commands(world);
      const done = rows.filter(({ output }) => output !== null && output !== 'pending');
      return done.length >= count && rows;
    },
    { what: 'the output is settled' },
  );
}

async function prompted(world: HookWorld, promptId: string | undefined): Promise<Session> {
  const session = await startSession(world, 'one');
  const prompt = { prompt: 'go', ...(promptId !== undefined && { prompt_id: promptId }) };
  await session.hook('UserPromptSubmit', prompt);
  await session.asks('go', promptId);
  return session;
}

const messages = async ({ pool }: HookWorld): Promise<string[]> =>
  (
    await pool.query<{ body: string }>(
      `select body from turns where kind = 'message' order by happened_at`,
    )
  ).rows.map(({ body }) => body);

test('a Stop that carries the message needs no job', async () => {
  await using world = await openHookWorld();
  const session = await prompted(world, 'p1');
  await session.hook('Stop', { prompt_id: 'p1', last_assistant_message: 'done' });
  await world.settled();
  // It would wait there for 300 ms.
  expect(await jobs(world)).toBe(0);
  expect(await command(world)).toMatchObject({ outcome: 'finished', output: 'known' });
});

test.each([
  ['with prompt_ids', 'p1'],
  ['as older clients send it', undefined],
])('%s: over at once, and its text as soon as the transcript has it', async (_name, promptId) => {
  await using world = await openHookWorld();
  const session = await prompted(world, promptId);
  await session.hook('Stop', promptId === undefined ? {} : { prompt_id: promptId });
  await world.settled();
  const [agent] = await world.agents();
  expect(agent).toMatchObject({
    attention: 'your_turn',
    command: { state: 'complete', outcome: 'finished', output: 'pending' },
  });
  await session.says('here it is');
  expect(await settled(world)).toEqual([
    { prompt: 'go', state: 'complete', outcome: 'finished', output: 'known', answer: 'here it is' },
  ]);
  expect(await messages(world)).toEqual(['here it is']);
  await waitUntil(async () => (await jobs(world)) === 0);
});

test('at its deadline the output is unknown, and known when it comes after all', async () => {
  await using world = await openHookWorld({ settings: { 'deferredStop.deadlineMs': 600 } });
  const session = await prompted(world, 'p1');
  await session.hook('Stop', { prompt_id: 'p1' });
  expect(await settled(world)).toMatchObject([
    { state: 'complete', outcome: 'finished, output unknown', output: 'unknown' },
  ]);
  expect(await command(world)).toMatchObject({ output: 'unknown' });
  await session.says('late, but here');
  await waitUntil(async () => (await command(world))?.output === 'known');
  expect(await commands(world)).toMatchObject([
    { outcome: 'finished', output: 'known', answer: 'late, but here' },
  ]);
});

test('a turn that ends without a text has none', async () => {
  await using world = await openHookWorld();
  const session = await prompted(world, 'p1');
  await session.hook('Stop', { prompt_id: 'p1' });
  await session.says('');
  expect(await settled(world)).toMatchObject([{ outcome: 'finished', output: 'none' }]);
});

test('a prompt that comes while it waits is not completed under the person', async () => {
  await using world = await openHookWorld();
  const session = await prompted(world, 'p1');
  await session.hook('Stop', { prompt_id: 'p1' });
  await session.hook('UserPromptSubmit', { prompt: 'yes', prompt_id: 'p2' });
  await world.settled();
  await session.says('shall I?');
  await session.asks('yes', 'p2');
  expect(await settled(world)).toEqual([
    { prompt: 'go', state: 'complete', outcome: 'finished', output: 'known', answer: 'shall I?' },
    { prompt: 'yes', state: 'commanded', outcome: null, output: null, answer: null },
  ]);
  const [agent] = await world.agents();
  expect(agent).toMatchObject({ attention: 'working', state: 'commanded' });
});
