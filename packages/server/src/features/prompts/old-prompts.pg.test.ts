/** Prompts that are done go after their time, with the files of long ones; what waits stays. */
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentView } from '@headspace/contract';
import { LockNamespace } from '@headspace/lock';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { beforeAgentLock } from '../../../tests/testing/context-world.ts';
import { openPromptWorld, type PromptWorld } from '../../../tests/testing/prompt-world.ts';
import { systemClock } from '../../platform/clock.ts';
import { deleteOldPrompts } from './index.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = DAY_MS / 24;

let world: PromptWorld;
let path: string;
/** The servers' clock; the database's own tells what is old. */
let daysAgo: number;

beforeEach(async () => {
  daysAgo = 31;
  const clock = { ...systemClock, now: () => Date.now() - daysAgo * DAY_MS };
  world = await openPromptWorld({ overrides: { clock } });
  path = `/api/agents/${world.agentId}/prompts`;
});
afterEach(async () => world[Symbol.asyncDispose]());

const give = async (text: string) => (await world.api('POST', path, { text })).body;
const cancel = async ({ id }: { id: number }) => world.api('DELETE', `${path}/${id}`);
const texts = async () => (await world.prompts()).map(({ text }) => text);

function server() {
  const [first] = world.servers;
  if (first === undefined) throw new Error('no server');
  return first.context;
}

async function clean(batchSize = 2): Promise<number> {
  const { pool, locks, events } = server();
  const { signal } = new AbortController();
  const context = { pool, locks, announce: () => events.nudge() };
  return deleteOldPrompts(context, { olderThanDays: 30, batchSize, signal });
}

test('the done ones of more than one batch; young ones and what waits stay', async () => {
  for (let n = 0; n < 5; n++) await cancel(await give(`taken back ${n}`));
  const arrived = await give('arrived');
  await world.claim(arrived, { at: Date.now() - 31 * DAY_MS });
  await world.submit('arrived', 'p1');
  await give('waits');
  await world.claim(await give('on its way'), { at: Date.now() - 31 * DAY_MS });
  daysAgo = 29;
  await cancel(await give('young'));
  expect(await clean()).toBe(6);
  expect((await texts()).toSorted()).toEqual(['on its way', 'waits', 'young']);
  expect(await clean()).toBe(0);
});

/** Given up without proof; a proof that comes later would still count. */
async function fail(text: string): Promise<void> {
  const prompt = await give(text);
  const at = Date.now() - daysAgo * DAY_MS;
  await world.claim(prompt, { at });
  const step = { signal: 'fail', reason: 'no proof', uncertain: true } as const;
  await world.step({ ...prompt, state: 'delivering' }, step, { at });
}

const counts = async () => (await world.agents())[0]?.prompts;

test('a failed one leaves the counts of its agent, and readers are told', async () => {
  await fail('lost');
  expect(await counts()).toEqual({ queued: 0, inFlight: 0, failed: 1 });
  await server().events.sequence();
  const before = await server().events.cursor();
  expect(await clean()).toBe(1);
  expect(await counts()).toEqual({ queued: 0, inFlight: 0, failed: 0 });
  // What arrives after all has nothing left to prove.
  await world.submit('lost', 'p9', Date.now());
  await server().events.sequence();
  const { rows } = await world.pool.query<{ message: string }>(
    `select message from stream where position > $1 and type = 'agent.changed' order by position`,
    [before],
  );
  const told = rows.map(({ message }) => JSON.parse(message) as { agent: AgentView });
  expect(told.map(({ agent }) => agent.prompts.failed)).toEqual([0, 0]);
});

test('whose agent somebody holds comes in a later round', async () => {
  await cancel(await give('taken back'));
  const { locks } = server();
  const held = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const purpose = { purpose: 'test' };
  const holder = locks.advisoryLock(LockNamespace.AGENT, world.agentId, purpose, async () => {
    held.resolve();
    await done.promise;
  });
  await held.promise;
  expect(await clean()).toBe(0);
  done.resolve();
  await holder;
  expect(await clean()).toBe(1);
});

test('one that a person sends again while it is about to go stays', async () => {
  const prompt = await give('taken back');
  await cancel(prompt);
  const { pool, locks } = server();
  const before = async () => {
    expect((await world.api('POST', `${path}/${prompt.id}/retry`)).status).toBe(200);
  };
  const context = beforeAgentLock({ pool, locks, announce: () => undefined }, before);
  const { signal } = new AbortController();
  expect(await deleteOldPrompts(context, { olderThanDays: 30, batchSize: 10, signal })).toBe(0);
  expect(await texts()).toEqual(['taken back']);
});

test('the retention service does it', async () => {
  await cancel(await give('taken back'));
  await world.tick('retention');
  expect(await texts()).toEqual([]);
});

test('files of long prompts go no later than their prompts, and nothing else goes', async () => {
  const folder = join(server().paths.home, 'prompts');
  await mkdir(folder, { recursive: true });
  const file = (n: number) => `${String(n).repeat(32)}.md`;
  const hoursOld = { [file(1)]: 30, [file(2)]: 10, 'notes.md': 30 };
  for (const [name, hours] of Object.entries(hoursOld)) {
    await writeFile(join(folder, name), 'long');
    const at = new Date(Date.now() - daysAgo * DAY_MS - hours * HOUR_MS);
    await utimes(join(folder, name), at, at);
  }
  const look = async () => {
    // It looks once an hour.
    daysAgo -= 2 / 24;
    await world.tick('prompt-delivery');
    return (await readdir(folder)).toSorted();
  };
  expect(await look()).toHaveLength(3);
  const { live } = server();
  live.take({ ...live.values, 'prompts.retentionDays': 1 });
  expect(await look()).toEqual([file(2), 'notes.md']);
});
