/** What agents are told of their persona: when, how, once, and what is seen where it fails. */
import { appendFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from '@headspace/testkit/wait-until';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { HookWorld, HookWorldOptions } from './testing/hook-world.ts';
import {
  addLaunch,
  facts,
  hook,
  openPersonaWorld,
  personaOf,
  start,
  transcriptOf,
  typed,
  writePersona,
} from './testing/persona-world.ts';

let world: HookWorld;
let home: string;
let launch: string;

beforeEach(async () => open());
afterEach(async () => world[Symbol.asyncDispose]());

async function open(settings: NonNullable<HookWorldOptions['settings']> = {}): Promise<void> {
  world = await openPersonaWorld({ settings });
  home = server().paths.home;
  await writePersona(home, {
    'skill.md': 'You review code.',
    '/guardrails.md': 'Never push.',
  });
  launch = await addLaunch(world.pool, server().context.hostId);
}

function server(): HookWorld['servers'][number] {
  const [first] = world.servers;
  if (first === undefined) throw new Error('no server');
  return first;
}

const patient = { timeoutMs: 30_000 };

/** Until the newest injection is in this state. */
async function until(state: string): Promise<void> {
  await waitUntil(async () => (await facts(world.pool)).at(-1)?.state === state, {
    ...patient,
    what: `an injection that is ${state}`,
  });
}

async function untilTyped(): Promise<string> {
  return waitUntil(async () => (await typed(world.pool)).at(-1), {
    ...patient,
    what: 'a persona in the queue of prompts',
  });
}

describe('a context', () => {
  test('is given the persona by the answer: at the start, after /clear and after compaction', async () => {
    const first = await start(server(), { headers: { launch } });
    expect(first).toContain('Never push.');
    expect(first).toContain('You review code.');
    await hook(server(), 'UserPromptSubmit', { prompt: 'go', prompt_id: 'p1' });
    expect(await start(server(), { source: 'resume' })).toBeNull();
    await hook(server(), 'PreCompact', { trigger: 'manual' });
    expect(await start(server(), { source: 'compact' })).toContain('Never push.');
    expect(await start(server(), { source: 'compact' })).toBeNull();
    await hook(server(), 'PostCompact', { trigger: 'manual' });
    await hook(server(), 'PreCompact', { trigger: 'auto' });
    expect(await start(server(), { source: 'compact' })).toContain('Never push.');
    await hook(server(), 'SessionEnd', { reason: 'clear' });
    expect(await start(server(), { source: 'clear', session: 't' })).toContain('Never push.');
    expect(await start(server(), { source: 'resume', session: 't' })).toBeNull();
    expect(await facts(world.pool)).toMatchObject([
      { session: 's', context: 1, how: 'answer', state: 'delivered' },
      { session: 's', context: 2 },
      { session: 's', context: 3 },
      { session: 't', context: 1 },
    ]);
    expect(await typed(world.pool)).toEqual([]);
  });

  test('of an agent without a persona is given nothing', async () => {
    expect(await start(server())).toBeNull();
    expect(await facts(world.pool)).toEqual([]);
  });

  test('that did not wait for its answer is given it through the queue', async () => {
    const spooled = { launch, spooled: '1' };
    expect(await start(server(), { headers: spooled })).toBeNull();
    await world.settled();
    expect(await untilTyped()).toContain('Never push.');
    expect(await facts(world.pool)).toMatchObject([{ how: 'typed', prompt: 'queued' }]);
    const { injections, hold } = await personaOf(server());
    expect(injections).toMatchObject([{ how: 'typed', state: 'claimed' }]);
    expect(hold).toBeNull();
  });

  test('that lost its answer is given it through the queue when the event comes again', async () => {
    const eventId = 'start-1';
    expect(await start(server(), { headers: { launch, eventId } })).toContain('Never push.');
    await start(server(), { headers: { launch, eventId, spooled: '1' } });
    expect(await untilTyped()).toContain('Never push.');
    await start(server(), { headers: { launch, eventId, spooled: '1' } });
    await world.settled();
    expect(await facts(world.pool)).toMatchObject([{ how: 'typed', prompt: 'queued' }]);
    expect(await typed(world.pool)).toHaveLength(1);
  });

  test('in which its persona still waits to be typed is not given it twice', async () => {
    await start(server(), { headers: { launch, spooled: '1' } });
    await world.settled();
    await untilTyped();
    await hook(server(), 'SessionEnd', { reason: 'clear' });
    expect(await start(server(), { source: 'clear', session: 't' })).toBeNull();
    expect(await start(server(), { source: 'resume', session: 't' })).toBeNull();
    expect(await facts(world.pool)).toMatchObject([{ session: 't', how: 'typed' }]);
    expect(await typed(world.pool)).toHaveLength(1);
  });
});

describe('the transcript', () => {
  test('proves that it has arrived', async () => {
    const { path, ...transcript } = transcriptOf(world.claudeFolder);
    const text = await start(server(), { headers: { launch } });
    await transcript.injected(text ?? '');
    await transcript.asks('go');
    const prompt = { prompt: 'go', prompt_id: 'p1', transcript_path: path };
    await hook(server(), 'UserPromptSubmit', prompt);
    await until('confirmed');
    expect(await personaOf(server())).toMatchObject({ notice: null, hold: null });
  });

  test('proves that it has not, and it is typed', async () => {
    const { path, ...transcript } = transcriptOf(world.claudeFolder);
    expect(await start(server(), { headers: { launch } })).toContain('Never push.');
    await transcript.asks('go');
    const prompt = { prompt: 'go', prompt_id: 'p1', transcript_path: path };
    await hook(server(), 'UserPromptSubmit', prompt);
    expect(await untilTyped()).toContain('Never push.');
    expect(await facts(world.pool)).toMatchObject([{ how: 'typed', prompt: 'queued' }]);
  });

  test('that says nothing leaves it uncertain, for everybody to see', async () => {
    await world[Symbol.asyncDispose]();
    await open({ 'personas.proofWithinMs': 1_000 });
    await start(server(), { headers: { launch } });
    await hook(server(), 'UserPromptSubmit', { prompt: 'go', prompt_id: 'p1' });
    await until('uncertain');
    expect((await personaOf(server())).notice).toContain('uncertain');
    expect(await typed(world.pool)).toEqual([]);
  });
});

describe('what is missing', () => {
  test('is seen where a person has started the agent', async () => {
    await rm(join(home, 'guardrails.md'));
    expect(await start(server(), { headers: { launch } })).toContain('You review code.');
    const view = await personaOf(server());
    expect(view.notice).toContain('no guardrails');
    expect(view.hold).toBeNull();
  });

  test('keeps a remote agent from work: no guardrails', async () => {
    const remote = await addLaunch(world.pool, server().context.hostId, { purpose: 'remote' });
    await rm(join(home, 'guardrails.md'));
    expect(await start(server(), { headers: { launch: remote } })).toBeNull();
    await until('failed');
    expect((await personaOf(server())).hold).toContain('no guardrails');
  });

  test('keeps a remote agent from work: unreadable persona', async () => {
    const remote = await addLaunch(world.pool, server().context.hostId, { purpose: 'remote' });
    await appendFile(join(home, 'personas/reviewer/skill.md'), Buffer.from([0xff]));
    expect(await start(server(), { headers: { launch: remote } })).toBeNull();
    await until('failed');
    expect((await personaOf(server())).hold).toContain('not UTF-8');
  });

  test('a remote agent without a persona has the guardrails of the machine', async () => {
    const options = { purpose: 'remote', persona: null } as const;
    const remote = await addLaunch(world.pool, server().context.hostId, options);
    const text = await start(server(), { headers: { launch: remote } });
    expect(text).toContain('Never push.');
    expect(text).not.toContain('# Identity');
  });
});
