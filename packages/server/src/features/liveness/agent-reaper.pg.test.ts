/** The reaper on whole servers: who ends, by what proof, and who does not. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LockNamespace } from '@headspace/lock';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  hook,
  type LivenessWorld,
  marks,
  openLivenessWorld,
  prompt,
  SOCKET,
  start,
} from '../../../tests/testing/liveness-world.ts';

let world: LivenessWorld;
let id: string;
let pid: number;
let pane: string;
let serial = 0;

beforeAll(async () => {
  world = await openLivenessWorld();
});
afterAll(async () => world[Symbol.asyncDispose]());
beforeEach(() => {
  serial += 1;
  id = `session-${serial}`;
  pid = 1_000 + serial * 10;
  pane = `%${serial}`;
  world.tmux.duringLook = () => Promise.resolve();
  world.tmux.servers.clear();
});

async function live(headers = marks(pid, pane)): Promise<void> {
  if (headers.claudePid !== undefined) world.processes.running.set(pid, 'then');
  await world.send(start(id, headers));
  await world.send(prompt(id, headers));
  await world.settled();
  world.pass(5_000);
}

describe('kill -9', () => {
  test('two looks end it, with the sentences of all witnesses, and its command', async () => {
    await live();
    world.tmux.open(SOCKET, pane, pid + 1);
    world.processes.running.set(pid + 1, 'then');
    world.processes.commands.set(pid + 1, 'bash');
    world.processes.running.delete(pid);
    await world.tick('agent-reaper');
    expect((await world.agent(id)).attention).toBe('working');
    world.pass(700);
    await world.tick('agent-reaper');
    expect(await world.agent(id)).toMatchObject({
      attention: 'ended',
      state: 'complete',
      endedReason: `its process (pid ${pid}) is gone`,
      evidence: [
        { source: 'process', signal: `its process (pid ${pid}) is gone` },
        { source: 'tmux', signal: `only a shell (bash) runs in its tmux pane ${pane}` },
        { source: 'hook', signal: 'UserPromptSubmit' },
      ],
    });
    const before = await world.story(id);
    world.pass(60_000);
    await world.reap();
    expect(await world.story(id)).toEqual(before);
  });

  test('a pid that was given to another process is no life', async () => {
    await live();
    world.processes.running.set(pid, 'later');
    await world.reap();
    expect(await world.agent(id)).toMatchObject({ attention: 'ended' });
  });

  test('a tmux that does not answer keeps nobody alive and ends nobody', async () => {
    await live();
    world.tmux.silent.add(SOCKET);
    await world.reap();
    world.pass(3_600_000);
    await world.reap();
    expect(await world.agent(id)).toMatchObject({ attention: 'working' });
    world.processes.running.delete(pid);
    await world.reap();
    world.tmux.silent.clear();
    expect(await world.agent(id)).toMatchObject({ attention: 'ended' });
  });
});

describe('two terminals of one session', () => {
  test('the one that is killed goes, and its pane; the session ends with the last', async () => {
    await live();
    world.processes.running.set(pid + 1, 'then');
    await world.send(start(id, marks(pid + 1, `${pane}0`), 'resume'));
    await world.settled();
    world.pass(5_000);
    world.processes.running.delete(pid + 1);
    await world.reap();
    expect(await world.agent(id)).toMatchObject({ endedAt: null, tmuxPane: null, pid });
    world.processes.running.delete(pid);
    await world.reap();
    expect(await world.agent(id)).toMatchObject({ attention: 'ended' });
  });
});

describe('agents without a process that can be watched', () => {
  const paneOnly = () => ({ tmux: `${SOCKET},1,0`, tmuxPane: pane });

  test('hooks only, no pane: never ended by silence', async () => {
    await live({});
    world.pass(86_400_000);
    await world.reap();
    expect(await world.agent(id)).toMatchObject({ endedAt: null });
  });

  test('its pane gone: not at once, but after five minutes without a sign', async () => {
    await live(paneOnly());
    world.tmux.open(SOCKET, '%999', 1);
    await world.reap();
    world.pass(290_000);
    await world.reap();
    expect(await world.agent(id)).toMatchObject({ endedAt: null });
    world.pass(10_000);
    await world.reap();
    expect(await world.agent(id)).toMatchObject({
      attention: 'ended',
      endedReason: `its tmux pane ${pane} is gone`,
    });
  });

  test('a hook meanwhile begins the five minutes anew', async () => {
    await live(paneOnly());
    world.tmux.open(SOCKET, '%999', 1);
    await world.reap();
    world.pass(200_000);
    await world.send(hook('PreToolUse', id, paneOnly(), { tool_name: 'Read', tool_use_id: 't' }));
    await world.settled();
    world.pass(200_000);
    await world.reap();
    expect(await world.agent(id)).toMatchObject({ endedAt: null });
    world.pass(100_000);
    await world.reap();
    expect(await world.agent(id)).toMatchObject({ attention: 'ended' });
  });

  test('Claude Code or a container in its pane: alive, or not known', async () => {
    await live(paneOnly());
    for (const command of ['claude', 'docker']) {
      world.tmux.open(SOCKET, pane, pid + 1);
      world.processes.running.set(pid + 1, 'then');
      world.processes.commands.set(pid + 1, command);
      await world.reap();
      world.pass(3_600_000);
      await world.reap();
      expect(await world.agent(id)).toMatchObject({ endedAt: null });
    }
  });

  test('no socket, but a tmux server runs: the socket may have been tidied away', async () => {
    await live(paneOnly());
    world.processes.running.set(9, 'then');
    world.processes.commands.set(9, 'tmux: server');
    await world.reap();
    world.pass(3_600_000);
    await world.reap();
    expect(await world.agent(id)).toMatchObject({ endedAt: null });
    world.processes.running.delete(9);
    await world.reap();
    world.pass(300_000);
    await world.reap();
    expect(await world.agent(id)).toMatchObject({
      endedReason: `the tmux server of its pane ${pane} is gone`,
    });
  });

  test('in a container: its session file removed ends it after 15 s, a lost folder never', async () => {
    const folder = join(world.claudeFolder, 'sessions');
    const path = join(folder, '77.json');
    await mkdir(folder, { recursive: true });
    const content = { pid: 77, sessionId: id, procStart: '1', status: 'busy' };
    await live({});
    await world.tick('session-files');
    await writeFile(path, JSON.stringify({ ...content, statusUpdatedAt: world.now() }));
    await world.tick('session-files');
    world.pass(60_000);
    await world.reap();
    expect(await world.agent(id)).toMatchObject({ endedAt: null });
    await rm(folder, { recursive: true });
    await world.tick('session-files');
    await world.reap();
    world.pass(3_600_000);
    await world.reap();
    expect(await world.agent(id)).toMatchObject({ endedAt: null });
    await mkdir(folder, { recursive: true });
    await world.tick('session-files');
    await world.reap();
    expect(await world.agent(id)).toMatchObject({ endedAt: null });
    world.pass(15_000);
    await world.reap();
    expect(await world.agent(id)).toMatchObject({ endedReason: 'its session file is gone' });
  });
});

describe('what does not count here', () => {
  test.each([
    ['of a table in a container', (boot: string) => `${boot}:1`],
    ['of another boot, but heard of since this one', () => 'other-boot:1'],
  ])('a process %s: unknown', async (_name, table) => {
    await live();
    const { rows } = await world.pool.query<{ seen_in: string }>(
      'select seen_in from agent_processes where pid = $1',
      [pid],
    );
    const [boot = ''] = rows[0]?.seen_in.split(':') ?? [];
    await rewrite('update agent_processes set seen_in = $1 where pid = $2', [table(boot), pid]);
    world.processes.running.delete(pid);
    world.tmux.open(SOCKET, pane, pid + 1);
    world.processes.running.set(pid + 1, 'then');
    world.processes.commands.set(pid + 1, 'docker');
    await world.reap();
    world.pass(3_600_000);
    await world.reap();
    expect(await world.agent(id)).toMatchObject({ endedAt: null });
  });

  test('a process from before this machine was started: gone', async () => {
    await live();
    const long = new Date(Date.now() - 400 * 86_400_000).toISOString();
    await rewrite(`update agent_processes set seen_in = 'other-boot:1' where pid = $1`, [pid]);
    await rewrite(
      `update agents set last_seen_at = $2, activity = activity || '{"edgeAt": 1}'
       where session_id = $1`,
      [id, long],
    );
    await world.reap();
    expect(await world.agent(id)).toMatchObject({
      endedReason: `the machine was started anew, so its process (pid ${pid}) is gone`,
    });
  });

  test('agents of another host are not even looked at', async () => {
    await live({ ...marks(pid, pane), host: 'elsewhere' });
    world.processes.running.delete(pid);
    await world.reap();
    world.pass(3_600_000);
    await world.reap();
    expect(await world.agent(id)).toMatchObject({ endedAt: null, host: 'elsewhere' });
  });
});

test('one agent whose judgement fails does not keep the others from theirs', async () => {
  await live();
  const other = { id: `${id}-other`, pid: pid + 5 };
  world.processes.running.set(other.pid, 'then');
  await world.send(start(other.id, marks(other.pid)));
  await world.settled();
  world.pass(5_000);
  world.processes.running.delete(pid);
  world.processes.running.delete(other.pid);
  await world.tick('agent-reaper');
  world.pass(700);
  const first = (await world.agent(id)).id;
  // Its rows cannot be written, whoever tries.
  await world.pool.query(`create function refuse() returns trigger language plpgsql as
    $$ begin if new.id = ${first} then raise 'refused'; end if; return new; end $$`);
  await world.pool.query(
    'create trigger refuse before update on agents for each row execute function refuse()',
  );
  await world.tick('agent-reaper');
  await world.pool.query('drop function refuse cascade');
  expect(await world.agent(other.id)).toMatchObject({ attention: 'ended' });
  expect(await world.agent(id)).toMatchObject({ attention: 'working' });
  await world.reap();
  expect(await world.agent(id)).toMatchObject({ attention: 'ended' });
});

test('who is held by somebody else is left for the next pass', async () => {
  await live();
  world.processes.running.delete(pid);
  const { locks } = world.servers[0]?.context ?? {};
  if (locks === undefined) throw new Error('no server');
  const agentId = (await world.agent(id)).id;
  await locks.advisoryLock(LockNamespace.AGENT, agentId, { purpose: 'test' }, () => world.reap());
  expect(await world.agent(id)).toMatchObject({ attention: 'working' });
  await world.reap();
  expect(await world.agent(id)).toMatchObject({ attention: 'ended' });
});

describe('revival', () => {
  test('a later hook brings it back, in a step of its own, and it can go once more', async () => {
    await live();
    world.processes.running.delete(pid);
    await world.reap();
    world.processes.running.set(pid, 'then');
    await world.send(hook('PreToolUse', id, marks(pid), { tool_name: 'Read', tool_use_id: 't' }));
    await world.settled();
    expect(await world.agent(id)).toMatchObject({ attention: 'working', endedAt: null });
    world.pass(5_000);
    world.processes.running.delete(pid);
    await world.reap();
    const story = await world.story(id);
    expect(story.map((step) => step.split(':')[0])).toEqual([
      'idle',
      'working',
      'ended',
      'your_turn',
      'working',
      'ended',
    ]);
  });

  test('an event from the spool, older than the end, does not', async () => {
    await live();
    const sentAt = String(Date.now() - 1);
    world.processes.running.delete(pid);
    await world.reap();
    const late = hook(
      'PreToolUse',
      id,
      { ...marks(pid), sentAt, eventId: randomUUID() },
      {
        tool_name: 'Read',
        tool_use_id: 't',
      },
    );
    await world.send(late);
    await world.settled();
    expect(await world.agent(id)).toMatchObject({ attention: 'ended' });
  });
});

/** Changes rows behind the server's back, as the past would have left them. */
async function rewrite(sql: string, values: unknown[]): Promise<void> {
  const client = await world.pool.connect();
  try {
    // Without triggers, so without the race sanitizer.
    await client.query('set session_replication_role = replica');
    await client.query(sql, values);
  } finally {
    client.release(true);
  }
}
