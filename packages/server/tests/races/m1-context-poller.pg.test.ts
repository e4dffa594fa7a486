/**
 * M1: the context poller decides on rows that it read without a lock. Whatever comes between that
 * and its section stands. Each test stops the poller right there.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentView } from '@headspace/contract';
import { LockNamespace } from '@headspace/lock';
import { expect, test } from 'vitest';
import { DEFAULT_MARKS } from '../../src/domain/context-use.ts';
import { reconcileBatch } from '../../src/features/transcripts/reconcile.ts';
import { said } from '../../src/features/transcripts/testing/lines.ts';
import {
  contextOf,
  type ContextWorld,
  gated,
  openContextWorld,
  serverOf,
} from '../testing/context-world.ts';

async function hook(
  world: ContextWorld,
  event: string,
  sessionId: string,
  more: object = {},
  server = 0,
): Promise<void> {
  const payload = { session_id: sessionId, cwd: '/acme', hook_event_name: event, ...more };
  await world.send({ event, payload, headers: { claudePid: '4711' }, server });
  await world.settled();
}

async function startAgent(world: ContextWorld, more: object = {}): Promise<number> {
  world.processes.running.set(4711, '1');
  await hook(world, 'SessionStart', 's1', { source: 'startup', model: 'm', ...more });
  return (await only(world)).id;
}

async function only(world: ContextWorld): Promise<AgentView> {
  const [agent, ...others] = await world.agents();
  if (agent === undefined || others.length > 0) throw new Error('not exactly one agent');
  return agent;
}

/** The agent's row and how often it was announced. */
async function rowOf(world: ContextWorld): Promise<unknown> {
  const { rows } = await world.pool.query(
    `select a.activity, a.ended_at, a.ended_reason, a.command_id,
       (select count(*) from stream where agent_id = a.id) +
       (select count(*) from outbox where agent_id = a.id) as told
     from agents a`,
  );
  return rows[0];
}

test('M1: an agent that ended meanwhile stays as it ended', async () => {
  await using world = await openContextWorld(2);
  await startAgent(world);
  await world.line('s1', 150_000);
  const gate = gated(contextOf(serverOf(world, 0)));
  const polling = world.poller(gate.context).tick();
  await gate.reached;
  await hook(world, 'SessionEnd', 's1', { reason: 'other' }, 1);
  const ended = await rowOf(world);
  gate.open();
  expect(await polling).toBe(0);
  expect(await rowOf(world)).toEqual(ended);
  expect(await only(world)).toMatchObject({ attention: 'ended', context: null });
});

test('M1: a hook that came meanwhile is not written over with older rows', async () => {
  await using world = await openContextWorld(2);
  await startAgent(world);
  await world.line('s1', 150_000);
  const gate = gated(contextOf(serverOf(world, 0)));
  const polling = world.poller(gate.context).tick();
  await gate.reached;
  await hook(world, 'UserPromptSubmit', 's1', { prompt: 'go', prompt_id: 'p1' }, 1);
  gate.open();
  expect(await polling).toBe(1);
  expect(await only(world)).toMatchObject({
    attention: 'working',
    state: 'commanded',
    command: { prompt: 'go', completedAt: null },
    context: { usedTokens: 150_000, percent: 75, tier: 'high' },
  });
});

test('M1: after /clear, what the old session said is not the new one’s', async () => {
  await using world = await openContextWorld(2);
  await startAgent(world);
  await world.line('s1', 150_000);
  const gate = gated(contextOf(serverOf(world, 0)));
  const polling = world.poller(gate.context).tick();
  await gate.reached;
  await hook(world, 'SessionEnd', 's1', { reason: 'clear' }, 1);
  await hook(world, 'SessionStart', 's2', { source: 'clear' }, 1);
  gate.open();
  expect(await polling).toBe(0);
  expect(await only(world)).toMatchObject({ sessionId: 's2', context: null, endedAt: null });
});

test('M1: an agent that somebody holds is not waited for, and comes with the next look', async () => {
  await using world = await openContextWorld(2);
  const id = await startAgent(world);
  await world.line('s1', 150_000);
  const held = await serverOf(world, 1).context.locks.acquire(LockNamespace.AGENT, id);
  const before = await rowOf(world);
  expect(await world.poller().tick()).toBe(0);
  expect(await rowOf(world)).toEqual(before);
  await held.release();
  expect(await world.poller().tick()).toBe(1);
  expect((await only(world)).context).toMatchObject({ usedTokens: 150_000 });
});

test('M1: two pollers at once write once', async () => {
  await using world = await openContextWorld(2);
  await startAgent(world);
  await world.line('s1', 150_000);
  const gate = gated(contextOf(serverOf(world, 0)));
  const first = world.poller(gate.context).tick();
  await gate.reached;
  expect(await world.poller(contextOf(serverOf(world, 1))).tick()).toBe(1);
  const written = await rowOf(world);
  gate.open();
  expect(await first).toBe(0);
  expect(await rowOf(world)).toEqual(written);
});

/** A transcript of the session whose one answer, of `said`, has 110 tokens in its context. */
async function transcriptOf(world: ContextWorld): Promise<string> {
  const folder = join(world.claudeFolder, 'projects', 'acme');
  const path = join(folder, 's1.jsonl');
  await mkdir(folder, { recursive: true });
  await writeFile(path, `${said('an answer', 1)}\n`);
  return path;
}

function transcriptReader(world: ContextWorld, context = contextOf(serverOf(world, 1))) {
  return {
    context,
    projectsFolder: join(world.claudeFolder, 'projects'),
    now: Date.now,
    log: serverOf(world, 1).context.logger,
    contextMarks: DEFAULT_MARKS,
  };
}

const answeredAt = (line: string): number =>
  Date.parse((JSON.parse(line) as { timestamp: string }).timestamp);

test.each([
  ['older', -1_000, { usedTokens: 110, source: 'transcript' }],
  ['newer', 1_000, { usedTokens: 150_000, source: 'statusline' }],
])(
  'M1: status line and transcript at once, on two servers: the line is %s, the newest counts',
  async (_name, later, expected) => {
    for (const first of ['transcript', 'status line']) {
      await using world = await openContextWorld(2);
      const path = join(world.claudeFolder, 'projects', 'acme', 's1.jsonl');
      const agentId = await startAgent(world, { transcript_path: path });
      await world.line('s1', 150_000, { at: answeredAt(said('an answer', 1)) + later });
      const poll = gated(contextOf(serverOf(world, 0)));
      const read = gated(contextOf(serverOf(world, 1)));
      const polling = world.poller(poll.context).tick();
      await poll.reached;
      await transcriptOf(world);
      const file = { agentId, path, subagent: null };
      const reading = reconcileBatch(transcriptReader(world, read.context), file);
      await read.reached;
      // Both have decided; now one after the other gets the lock.
      if (first === 'transcript') {
        read.open();
        await reading;
        poll.open();
        await polling;
      } else {
        poll.open();
        await polling;
        read.open();
        await reading;
      }
      expect((await only(world)).context).toMatchObject({ ...expected, windowTokens: 200_000 });
    }
  },
);
