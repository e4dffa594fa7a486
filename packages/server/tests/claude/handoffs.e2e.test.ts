/** Handoffs between sessions of the real Claude Code. */
import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentView, HandoffState, HandoffView } from '@headspace/contract';
import { installClaude, say, saySlowly, useTools, useToolsLate } from '@headspace/testkit/claude';
import { waitUntil } from '@headspace/testkit/wait-until';
import { describe, expect, test } from 'vitest';
import {
  type ClaudeWorld,
  type FallibleWorld,
  openFallibleWorld,
  openWorld,
} from '../testing/claude-world.ts';

const install = await installClaude();
const SLOW = { timeout: 240_000 };

const DOCUMENT = `# Handover
## Goal
Make the checkout idempotent: nobody pays twice. Secret word: rhubarb.
## State
The unique index is in place. Retries are half done.
## Decisions
- Keep the key for 24 hours, because providers repeat webhooks.
## Files
- src/pay/checkout.ts: the handler
## Open questions
None
## Next steps
1. Finish the backoff in retry.ts
`;
const ANSWER = DOCUMENT.replace('webhooks', 'calls');

const pathOf = ({ claude }: ClaudeWorld, id = 1): string =>
  join(claude.home, '.headspace', 'handoffs', String(id), 'handover.md');

const write = (world: ClaudeWorld) => ({
  name: 'Write',
  input: { file_path: pathOf(world), content: DOCUMENT },
});

async function until(
  { desk }: ClaudeWorld,
  id: number,
  ...states: HandoffState[]
): Promise<HandoffView> {
  let seen: HandoffView | undefined;
  return waitUntil(
    async () => {
      seen = (await desk.call<HandoffView>('GET', `/api/handoffs/${id}`)).body;
      return states.includes(seen.state) ? seen : undefined;
    },
    {
      timeoutMs: 60_000,
      everyMs: 10,
      what: () => `${states.join(' or ')}: ${JSON.stringify(seen)}`,
    },
  );
}

async function request({ desk }: ClaudeWorld, agentId: number): Promise<HandoffView> {
  const path = `/api/agents/${agentId}/handoffs`;
  const { status, body } = await desk.call<HandoffView>('POST', path, { key: 'k' });
  expect([200, 202]).toContain(status);
  return body;
}

/** As the guide says it: handover documents are written without a question. */
async function allowDocuments({ claude }: ClaudeWorld): Promise<void> {
  const file = join(claude.home, '.claude', 'settings.json');
  const settings = JSON.parse(await readFile(file, 'utf8')) as object;
  const permissions = { allow: ['Edit(~/.headspace/handoffs/**)'] };
  await writeFile(file, JSON.stringify({ ...settings, permissions }));
}

/** A window of 200,000 tokens, told by the status line that our command line installs. */
async function withWindow({ claude, headspace }: ClaudeWorld): Promise<void> {
  await claude.writeSettings({ env: { CLAUDE_CODE_DISABLE_1M_CONTEXT: '1' } });
  const installed = await headspace('hooks', 'install', '--yes');
  if (installed.code !== 0) throw new Error(installed.output);
}

/** What a person, or Headspace, has said to this agent. */
async function said({ board }: ClaudeWorld, id: number): Promise<string[]> {
  const turns = await board.turns(id);
  return turns
    .filter(({ actor, kind }) => actor === 'user' && kind === 'prompt')
    .map(({ text }) => /^\[headspace handoff \d+: (.*?)\]/.exec(text)?.[1] ?? text);
}

async function pair({ board }: ClaudeWorld): Promise<[AgentView, AgentView]> {
  const agents = await board.agents();
  const [predecessor, successor] = agents;
  if (predecessor === undefined || successor === undefined || agents.length !== 2) {
    throw new Error(`not two agents: ${JSON.stringify(agents)}`);
  }
  return [predecessor, successor];
}

describe.skipIf(!install.ok).concurrent('a handoff of the real Claude Code', SLOW, () => {
  test('from a full context by itself to a successor that answers and goes on', async () => {
    await using world = await openWorld(install, { settings: { 'handoff.atPercent': 70 } });
    const { model, claude, board, desk } = world;
    model.on(/document\]/, useTools(write(world)), say('It is written.'));
    model.on(/start\]/, say('I have read it.'));
    model.on(/questions 1\]/, say(ANSWER));
    model.on(/given before/, say('That is done too.'));
    model.on(/fill it/, say('Full.', { cache_read_input_tokens: 150_000 }));
    await withWindow(world);
    const session = await claude.start();
    const fresh = await board.when('a fresh agent', ({ attention }) => attention === 'idle');
    await session.prompt('fill it');
    const asks = await board.when('its question', ({ handoff }) => handoff?.state === 'asked');
    expect(asks.id).toBe(fresh.id);
    await desk.send(fresh.id, 'given before');
    // Without a rule Claude Code asks whether it may write there, and a person sees that.
    const told = await waitUntil(
      async () => {
        const { why } = (await desk.call<HandoffView>('GET', '/api/handoffs/1')).body;
        return why?.startsWith('the agent waits for you') ? why : undefined;
      },
      { what: 'the dialog as the reason', timeoutMs: 30_000 },
    );
    expect(told).toMatch(/Write/);
    await session.press('1');
    const done = await until(world, 1, 'done', 'failed');
    expect(done).toMatchObject({ state: 'done', trigger: 'context', why: null });
    expect(done.exam?.score).toBeGreaterThan(90);
    expect(done.exam?.missed.flatMap(({ terms }) => terms)).toEqual(['webhooks']);
    const [predecessor, successor] = await pair(world);
    expect(predecessor).toMatchObject({ successorId: successor.id, endedAt: null, handoff: null });
    expect(successor).toMatchObject({ predecessorId: predecessor.id, handoff: null });
    await board.when('the prompt that moved', ({ id, command }) => {
      return id === successor.id && command?.prompt === 'given before' && !!command.completedAt;
    });
    expect(await said(world, predecessor.id)).toEqual(['fill it', 'document']);
    expect(await said(world, successor.id)).toEqual(['start', 'questions 1', 'given before']);
    // The document itself came with the first prompt: no tool, no question.
    const first = model.requests.find(
      ({ kind, prompt }) => kind === 'turn' && prompt.includes(': start]'),
    );
    expect(JSON.stringify(first?.body.messages)).toContain('rhubarb');
    // Its use is still as high, and nothing comes of that a second time.
    await world.tick('context-poller');
    const list = await desk.call<{ handoffs: HandoffView[] }>('GET', '/api/handoffs');
    expect(list.body.handoffs).toHaveLength(1);
  });

  test('X7: the server killed in each step: everything once, by one successor', async () => {
    await using world = await openFallibleWorld(install);
    const { model, claude, board, desk } = world;
    await allowDocuments(world);
    const writing = model.gate();
    const answering = model.gate();
    model.on(/document\]/, useToolsLate(writing, write(world)), say('Written.'));
    model.on(/start\]/, say('I have read it.'));
    model.on(/questions 1\]/, saySlowly('Here it is.', answering, ANSWER));
    await claude.start();
    const { id: agentId } = await board.when(
      'a fresh agent',
      ({ attention }) => attention === 'idle',
    );
    const { id } = await request(world, agentId);
    await killed(world, id, 'requested', ['asked']);
    await desk.send(agentId, 'given before');
    await killed(world, id, 'asked', ['written', 'launching'], async () => {
      writing.open();
      await waitUntil(
        async () =>
          access(pathOf(world)).then(
            () => true,
            () => false,
          ),
        {
          what: 'the document',
          timeoutMs: 30_000,
        },
      );
    });
    await killed(world, id, 'written', ['launching', 'examining']);
    await killed(world, id, 'launching', ['examining']);
    await world.model.waitForRequest(({ prompt }) => prompt.includes('questions 1]'), {
      timeoutMs: 60_000,
    });
    await killed(world, id, 'examining', ['done'], async () => {
      answering.open();
      await Promise.resolve();
    });
    const done = await until(world, id, 'done', 'failed');
    const [predecessor, successor] = await pair(world);
    const wanted = { state: 'done', successorId: successor.id, attempt: 1 };
    expect(done, `${done.why}`).toMatchObject(wanted);
    expect(predecessor.successorId).toBe(successor.id);
    await board.when('the prompt that moved', ({ id: one, command }) => {
      return one === successor.id && command?.prompt === 'given before' && !!command.completedAt;
    });
    expect(await said(world, predecessor.id)).toEqual(['document']);
    expect(await said(world, successor.id)).toEqual(['start', 'questions 1', 'given before']);
    const { body } = await desk.call<{ launches: unknown[] }>('GET', '/api/launches');
    expect(body.launches).toHaveLength(1);
  });
});

/**
 * Kills the server as soon as the handoff is in `state`, starts it again after `meanwhile`, and prints
 * how long that one took from its first answer to the next step. Where the state has passed already
 * it is killed in the next one.
 */
async function killed(
  world: FallibleWorld,
  id: number,
  state: HandoffState,
  next: HandoffState[],
  meanwhile = async (): Promise<void> => Promise.resolve(),
): Promise<void> {
  const seen = await until(world, id, state, ...next);
  await world.killServer();
  await meanwhile();
  await world.restartServer();
  const from = performance.now();
  if (seen.state === state) await until(world, id, ...next, 'failed');
  const ms = Math.round(performance.now() - from);
  process.stdout.write(`handoff: killed in ${seen.state}, next step ${ms} ms after the restart\n`);
}
