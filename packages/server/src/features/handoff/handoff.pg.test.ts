/** Handoffs from the request to the successor that answers, and what can go wrong in each step. */
import { link, symlink, writeFile } from 'node:fs/promises';
import type { AgentView } from '@headspace/contract';
import { hasTmux } from '@headspace/testkit/tmux';
import { waitUntil } from '@headspace/testkit/wait-until';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../platform/clock.ts';
import {
  ANSWER,
  DOCUMENT,
  type HandoffWorld,
  openHandoffWorld,
  writeDocument,
} from '../../../tests/testing/handoff-world.ts';

const SLOW = { timeout: 120_000 };

/** A handoff whose agent has been asked. */
async function asked(world: HandoffWorld) {
  const { body } = await world.request();
  await world.answer(world.agentId, /document\]/, 'I will.');
  return world.until(body.id, 'asked');
}

/** A handoff whose successor is to be examined. */
async function examining(world: HandoffWorld) {
  const handoff = await asked(world);
  await writeDocument(handoff);
  const { launchId } = await world.until(handoff.id, 'launching');
  const launch = (await world.launches()).find(({ id }) => id === launchId);
  if (launch === undefined) throw new Error('no launch');
  const successorId = await world.arrive(launch);
  await world.until(handoff.id, 'examining');
  return { id: handoff.id, successorId };
}

describe.skipIf(!(await hasTmux())).concurrent('a handoff', SLOW, () => {
  test('leads to a successor that has the prompts, answers the questions, and is linked', async () => {
    await using world = await openHandoffWorld();
    const { agentId, api } = world;
    const given = await api('POST', `/api/agents/${agentId}/prompts`, { text: 'later, first' });
    await api('POST', `/api/agents/${agentId}/prompts`, { text: 'later, second' });
    const { status, body } = await world.request({ reason: 'full', note: 'mind the gap' });
    expect([status, body.state]).toEqual([202, 'requested']);
    await world.answer(agentId, /mind the gap/, 'It is written.');
    const handoff = await world.until(body.id, 'asked');
    await writeDocument(handoff);
    const { launchId } = await world.until(body.id, 'launching');
    const [launch] = await world.launches();
    expect(launch).toMatchObject({ id: launchId, purpose: 'handoff', path: world.project });
    if (launch === undefined) throw new Error('no launch');
    const successorId = await world.arrive(launch);
    await world.until(body.id, 'examining');
    const waiting = (await world.promptsOf(successorId)).map(({ text }) => text.split('\n')[0]);
    expect(waiting).toEqual([
      `[headspace handoff ${body.id}: start] You take over the work of another agent in this project. All it knows stands in its handover document:`,
      expect.stringMatching(/questions 1\]/),
      'later, first',
      'later, second',
    ]);
    expect((await world.promptsOf(agentId)).find(({ id }) => id === given.body.id)).toMatchObject({
      state: 'cancelled',
      reason: expect.stringMatching(`^handed over to agent ${successorId} as prompt`),
    });
    await world.answer(successorId, /start\]/, 'Read.');
    await world.answer(successorId, /questions 1\]/, ANSWER.replace('word3', 'something'));
    const done = await world.until(body.id, 'done');
    expect(done).toMatchObject({ successorId, why: null, deadlineAt: null, exam: { score: 92 } });
    expect(done.exam?.missed).toEqual([
      { question: 'Which files matter, and what is each of them for?', terms: ['word3'] },
    ]);
    const agents = await world.agents();
    expect(agents.map(({ predecessorId: a, successorId: b, handoff: h }) => [a, b, h])).toEqual([
      [null, successorId, null],
      [agentId, null, null],
    ]);
    const refused = await api<{ code: string; detail: string }>(
      'POST',
      `/api/agents/${agentId}/prompts`,
      { text: 'too late' },
    );
    expect(refused).toMatchObject({
      status: 409,
      body: {
        code: 'agent_sealed',
        detail: `Agent ${agentId} has handed over to agent ${successorId}.`,
      },
    });
    expect((await world.request()).body).toMatchObject({ code: 'agent_sealed' });
    expect(await world.launches()).toHaveLength(1);
  });

  test('waits for a document that is whole, rests, and is a file of its own', async () => {
    await using world = await openHandoffWorld();
    const handoff = await asked(world);
    const { id } = handoff;
    const path = handoff.path ?? '';
    const says = async (why: RegExp) =>
      waitUntil(async () => why.test((await world.handoff(id)).why ?? ''), {
        timeoutMs: 30_000,
        what: String(why),
      });
    await says(/not there yet/);
    await writeFile(`${world.project}/elsewhere.md`, DOCUMENT);
    await symlink(`${world.project}/elsewhere.md`, path);
    await says(/symbolic link/);
    await writeDocument(handoff, 'x'.repeat(300_000));
    await says(/larger than 256 KiB/);
    await writeDocument(handoff, DOCUMENT.replace('## Files', '## Other'));
    await says(/lacks "Files"/);
    await writeDocument(handoff);
    await link(path, `${world.project}/second-name`);
    await says(/second name/);
    expect((await world.handoff(id)).state).toBe('asked');
    await writeDocument(handoff);
    await world.until(id, 'launching');
  });

  test('holds other prompts while its own is at work, and lets them go when it is abandoned', async () => {
    await using world = await openHandoffWorld();
    const handoff = await asked(world);
    const { agentId, api } = world;
    const held = async () =>
      (
        await world.pool.query<{ mark: { holds: boolean; promptId: number | null } | null }>(
          `select activity -> 'handoff' as mark from agents where id = $1`,
          [agentId],
        )
      ).rows[0]?.mark ?? null;
    expect(await held()).toMatchObject({ holds: true });
    await writeDocument(handoff);
    await world.until(handoff.id, 'launching');
    expect(await held()).toMatchObject({ state: 'launching', holds: true });
    const { body } = await api<AgentView>('POST', `/api/handoffs/${handoff.id}/abandon`);
    expect(body).toMatchObject({ state: 'abandoned' });
    expect(await held()).toBeNull();
    expect((await api('POST', `/api/handoffs/${handoff.id}/abandon`)).status).toBe(200);
    expect(await api('POST', `/api/handoffs/${handoff.id}/resume`)).toMatchObject({
      status: 409,
      body: { code: 'handoff_step' },
    });
    // Another one can follow.
    expect((await world.request()).status).toBe(202);
  });

  test('fails at its deadline, says in which step, and is resumed there', async () => {
    await using world = await openHandoffWorld({
      settings: { 'handoff.writeDeadlineMs': 1_000 },
    });
    const { id } = await asked(world);
    const failed = await world.until(id, 'failed');
    expect(failed).toMatchObject({
      failedIn: 'asked',
      why: 'the agent did not write the document',
      deadlineAt: null,
    });
    expect((await world.request()).body).toMatchObject({ code: 'handoff_open' });
    // It has come too late, and counts now.
    await writeDocument(failed);
    const resumed = await world.api('POST', `/api/handoffs/${id}/resume`);
    expect(resumed).toMatchObject({ status: 202, body: { state: 'requested', attempt: 2 } });
    await world.until(id, 'launching');
    expect(await world.promptsOf(world.agentId)).toHaveLength(1);
  });

  test('whose successor does not come is started anew on request', async () => {
    await using world = await openHandoffWorld({ settings: { 'launches.deadlineMs': 1_000 } });
    const handoff = await asked(world);
    await writeDocument(handoff);
    expect(await world.until(handoff.id, 'failed')).toMatchObject({
      failedIn: 'launching',
      why: 'the successor was not started: Claude Code did not report in time',
    });
    await world.api('POST', `/api/handoffs/${handoff.id}/resume`);
    await waitUntil(async () => (await world.launches()).length === 2, { what: 'another launch' });
    const [launch] = await world.launches();
    if (launch === undefined) throw new Error('no launch');
    const successorId = await world.arrive(launch);
    expect(await world.until(handoff.id, 'examining', 'failed')).toMatchObject({ successorId });
  });

  /** The successor is there, and a prompt is still being typed into the predecessor's terminal. */
  async function waitingToSeal(world: HandoffWorld) {
    const { agentId, api } = world;
    const { body: prompt } = await api('POST', `/api/agents/${agentId}/prompts`, { text: 'typed' });
    const handoff = await asked(world);
    await writeDocument(handoff);
    await world.until(handoff.id, 'launching');
    await world.claim(prompt);
    const [launch] = await world.launches();
    if (launch === undefined) throw new Error('no launch');
    const successorId = await world.arrive(launch);
    const waits = 'a prompt is on its way to the predecessor';
    await waitUntil(async () => (await world.handoff(handoff.id)).why === waits, {
      what: 'the reason',
      timeoutMs: 30_000,
    });
    return { id: handoff.id, launch, successorId };
  }

  test('waits for what is being typed into the terminal of the predecessor', async () => {
    await using world = await openHandoffWorld();
    const { id, successorId } = await waitingToSeal(world);
    await world.hookOf(world.agentId, 'UserPromptSubmit', { prompt: 'typed', prompt_id: 't' });
    expect(await world.until(id, 'examining')).toMatchObject({ successorId });
    expect((await world.promptsOf(successorId)).map(({ text }) => text)).not.toContain('typed');
  });

  test('whose successor came too late is resumed with another one, and the late one is ended', async () => {
    let offsetMs = 0;
    const clock = { ...systemClock, now: () => Date.now() + offsetMs };
    await using world = await openHandoffWorld({ overrides: { clock } });
    const { id, launch } = await waitingToSeal(world);
    offsetMs = 130_000;
    expect(await world.until(id, 'failed')).toMatchObject({ failedIn: 'launching' });
    await world.api('POST', `/api/handoffs/${id}/resume`);
    const both = await waitUntil(
      async () => {
        const all = await world.launches();
        const isEnded = all.some((each) => each.id === launch.id && each.state === 'stopped');
        return all.length === 2 && isEnded ? all : undefined;
      },
      { what: 'another launch', timeoutMs: 30_000 },
    );
    expect((await world.handoff(id)).launchId).toBe(both[0]?.id);
  });

  test('abandoned while its successor starts stops that one', async () => {
    await using world = await openHandoffWorld();
    const handoff = await asked(world);
    await writeDocument(handoff);
    await world.until(handoff.id, 'launching');
    await world.api('POST', `/api/handoffs/${handoff.id}/abandon`);
    await waitUntil(async () => (await world.launches())[0]?.state === 'stopped', {
      what: 'the launch stopped',
    });
    expect((await world.agents()).map(({ successorId }) => successorId)).toEqual([null]);
  });

  test('whose successor ends before the answer fails; abandoned, the agent takes prompts again', async () => {
    await using world = await openHandoffWorld();
    const { id, successorId } = await examining(world);
    await world.answer(successorId, /start\]/, 'Read.');
    const exam = (await world.promptsOf(successorId)).find(({ text }) => /questions/.test(text));
    if (exam === undefined) throw new Error('no exam');
    await world.claim(exam);
    await world.hookOf(successorId, 'UserPromptSubmit', { prompt: exam.text, prompt_id: 'e' });
    await world.hookOf(successorId, 'SessionEnd', { reason: 'other' });
    expect(await world.until(id, 'failed')).toMatchObject({ failedIn: 'examining' });
    await world.api('POST', `/api/handoffs/${id}/abandon`);
    const path = `/api/agents/${world.agentId}/prompts`;
    expect((await world.api('POST', path, { text: 'go on' })).status).toBe(201);
  });

  test('whose questions a person takes back is done without a score', async () => {
    await using world = await openHandoffWorld();
    const { id, successorId } = await examining(world);
    const exam = (await world.promptsOf(successorId)).find(({ text }) => /questions/.test(text));
    await world.api('DELETE', `/api/agents/${successorId}/prompts/${exam?.id ?? 0}`);
    expect(await world.until(id, 'done')).toMatchObject({ exam: null, successorId });
  });

  test('ends the terminal of a launched predecessor only where the setting says so', async () => {
    await using world = await openHandoffWorld({ settings: { 'handoff.endPredecessor': true } });
    const first = await examining(world);
    await world.answer(first.successorId, /start\]/, 'Read.');
    await world.answer(first.successorId, /questions/, ANSWER);
    await world.until(first.id, 'done');
    const { body } = await world.request({}, { agentId: first.successorId });
    await world.answer(first.successorId, /document\]/, 'I will.');
    await writeDocument(await world.until(body.id, 'asked'));
    const { launchId } = await world.until(body.id, 'launching');
    const launch = (await world.launches()).find(({ id }) => id === launchId);
    if (launch === undefined) throw new Error('no launch');
    const third = await world.arrive(launch);
    await world.until(body.id, 'examining');
    await world.answer(third, /start\]/, 'Read.');
    await world.answer(third, /questions/, ANSWER);
    await world.until(body.id, 'done');
    await waitUntil(async () => (await world.launches()).some(({ state }) => state === 'stopped'), {
      what: 'the middle one closed',
    });
    const chain = (await world.agents()).map(({ predecessorId: p, successorId: s }) => [p, s]);
    expect(chain).toEqual([
      [null, first.successorId],
      [world.agentId, third],
      [first.successorId, null],
    ]);
  });
});

test('rows of handoffs are written in the section of their agent only', async () => {
  await using world = await openHandoffWorld();
  const { body } = await world.request();
  const write = world.pool.query('update handoffs set note = $2 where id = $1', [body.id, 'x']);
  await expect(write).rejects.toThrow(/race sanitizer/);
});

describe('a request', () => {
  test('is refused for what cannot hand over', async () => {
    await using world = await openHandoffWorld();
    expect((await world.request({}, { agentId: 999 })).status).toBe(404);
    expect((await world.request({ reason: 'x'.repeat(300) })).status).toBe(400);
    expect((await world.request({ surprise: 1 })).status).toBe(400);
    expect((await world.api('GET', '/api/handoffs/77')).status).toBe(404);
    expect((await world.api('POST', '/api/handoffs/x/resume')).status).toBe(404);
    const odd = await world.request({ reason: 'a\u0000b\ud800', note: '\u001b[201~\u0000' });
    expect(odd).toMatchObject({ status: 202, body: { reason: 'a\ufffdb\ufffd', note: '[201~' } });
    await world.api('POST', `/api/handoffs/${odd.body.id}/abandon`);
    await world.hookOf(world.agentId, 'SessionEnd', { reason: 'other' });
    expect((await world.request()).body).toMatchObject({ code: 'agent_ended' });
  });
});
