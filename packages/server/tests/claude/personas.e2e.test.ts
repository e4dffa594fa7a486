/** Personas in the real Claude Code: what the model is told in each context, and how often. */
import type { AgentPersonaView, AgentView, LaunchView } from '@headspace/contract';
import { installClaude } from '@headspace/testkit/claude';
import { waitUntil } from '@headspace/testkit/wait-until';
import { describe, expect, test } from 'vitest';
import { type ClaudeWorld, openFallibleWorld, openWorld } from '../testing/claude-world.ts';
import { writePersona } from '../testing/persona-world.ts';

const install = await installClaude();
const SLOW = { timeout: 180_000 };
const STEPS: readonly string[] = ['claimed', 'delivered', 'confirmed'];
const patient = { timeoutMs: 60_000 };

const GUARDRAIL = 'GUARDRAIL-7f3a: never push.';
const SKILL = 'SKILL-91bc: you review code.';
/** A busy machine is no reason to type what could have been answered. */
const settings = { 'personas.answerWithinMs': 1_400 } as const;

async function prepare({ claude }: ClaudeWorld, skill = SKILL): Promise<void> {
  const files = { 'skill.md': skill, '/guardrails.md': GUARDRAIL };
  await writePersona(`${claude.home}/.headspace`, files);
}

async function launch({ desk, claude, board }: ClaudeWorld): Promise<AgentView> {
  const body = { path: claude.projectFolder, persona: 'reviewer' };
  const reply = await desk.call<LaunchView>('POST', '/api/launches', body);
  expect(reply.status).toBe(202);
  return board.when('a fresh agent', ({ attention }) => attention === 'idle');
}

/** How often the guardrails stand in what the model was sent with this prompt. */
async function timesTold({ model }: ClaudeWorld, prompt: string): Promise<number> {
  const request = await model.waitForRequest(
    ({ kind, body }) => kind === 'turn' && JSON.stringify(body.messages).includes(prompt),
    { ...patient, what: `a request with ${prompt}` },
  );
  return JSON.stringify(request.body).split(GUARDRAIL).length - 1;
}

async function say(world: ClaudeWorld, id: number, text: string): Promise<number> {
  await world.desk.send(id, text);
  const told = await timesTold(world, text);
  await world.board.when('the end of the turn', ({ attention }) => attention === 'your_turn');
  return told;
}

async function injections(
  { desk }: ClaudeWorld,
  id: number,
): Promise<AgentPersonaView['injections']> {
  const { body } = await desk.call<AgentPersonaView>('GET', `/api/agents/${id}/persona`);
  return body.injections.toReversed();
}

describe.skipIf(!install.ok).concurrent('a persona of the real Claude Code', SLOW, () => {
  test('is in each context once: start, compaction, /clear, and not again on resume', async () => {
    await using world = await openWorld(install, { settings });
    const { claude, board, desk } = world;
    await prepare(world);
    const agent = await launch(world);
    expect(agent.persona).toBe('reviewer');
    expect(await say(world, agent.id, 'first words')).toBe(1);
    expect(await say(world, agent.id, 'second words')).toBe(1);

    const compact = await desk.send(agent.id, '/compact', { command: true });
    await desk.until(agent.id, compact.id, 'accepted');
    await waitUntil(async () => (await injections(world, agent.id)).length === 2, {
      ...patient,
      what: 'the compaction',
    });
    expect(await say(world, agent.id, 'words after the compaction')).toBe(1);

    const { sessionId } = await board.agent(agent.id);
    const exit = await desk.send(agent.id, '/exit', { command: true });
    await desk.until(agent.id, exit.id, 'accepted', 'failed');
    await board.when('the end', ({ attention }) => attention === 'ended');
    const resumed = await claude.start({ args: ['--resume', sessionId] });
    await board.when('the agent again', ({ endedAt }) => endedAt === null);
    expect(await say(world, agent.id, 'words after the resume')).toBe(1);

    await resumed.prompt('/clear');
    await board.when('a fresh session', (seen) => seen.sessionId !== sessionId);
    expect(await say(world, agent.id, 'words after the clear')).toBe(1);

    const cleared = await board.agent(agent.id);
    await resumed.exit();
    await board.when('the end', ({ attention }) => attention === 'ended');
    await claude.start({ args: ['--resume', cleared.sessionId, '--fork-session'] });
    await board.when('the agent again', ({ endedAt }) => endedAt === null);
    expect(await say(world, agent.id, 'words after the fork')).toBe(1);

    await waitUntil(
      async () => (await injections(world, agent.id)).every(({ state }) => state === 'confirmed'),
      { ...patient, what: 'the proof of each' },
    );
    expect(await injections(world, agent.id)).toMatchObject([
      { sessionId, context: 1 },
      { sessionId, context: 2 },
      { context: 1 },
    ]);
    await board.only();
  });

  test('that is too long for an answer is a file, its guardrails not', async () => {
    await using world = await openWorld(install, { settings });
    await prepare(world, `${SKILL}\n${'Be kind. '.repeat(4_000)}`);
    const agent = await launch(world);
    expect(await say(world, agent.id, 'first words')).toBe(1);
    const last = world.model.requests.findLast(({ kind }) => kind === 'turn');
    // On a machine so busy that the answer is late it is typed, and then it need not be a file.
    const [{ how } = { how: 'none' }] = await injections(world, agent.id);
    if (how !== 'typed') expect(JSON.stringify(last?.body)).toContain('personas/reviewer/skill.md');
    expect(JSON.stringify(last?.body)).not.toContain('Output too large');
  });

  test('is typed before anything else where the server was down at the start', async () => {
    await using world = await openFallibleWorld(install);
    const { board, desk, claude } = world;
    await prepare(world);
    const body = { path: claude.projectFolder, persona: 'reviewer', prompt: 'first words' };
    const asked = await desk.call<LaunchView>('POST', '/api/launches', body);
    await waitUntil(
      async () => (await claude.tmux.run('list-sessions')).includes(asked.body.tmuxSession),
      { everyMs: 2, ...patient, what: 'its terminal' },
    );
    await world.killServer();
    await waitUntil(
      async () =>
        (await claude.tmux.run('capture-pane', '-p', '-t', asked.body.tmuxSession)).includes('❯'),
      { ...patient, what: 'its prompt box' },
    );
    await world.restartServer();
    expect(await timesTold(world, 'first words')).toBe(1);
    const agent = await board.when('the end', ({ attention }) => attention === 'your_turn');
    await waitUntil(
      async () => (await injections(world, agent.id)).every(({ state }) => state === 'confirmed'),
      { ...patient, what: 'its proof' },
    );
    expect(await injections(world, agent.id)).toMatchObject([{ how: 'typed' }]);
    const said = (await board.turns(agent.id)).filter(({ actor }) => actor === 'user');
    expect(said.map(({ text }) => text.slice(0, 18))).toEqual([
      '[headspace-persona',
      'first words',
    ]);
  });

  test.for(['claimed', 'delivered', 'confirmed'] as const)(
    'is told once, or is visibly uncertain, where the server is killed when it is %s',
    async (step) => {
      await using world = await openFallibleWorld(install);
      const { board, desk, claude } = world;
      await prepare(world);
      const body = { path: claude.projectFolder, persona: 'reviewer', prompt: 'first words' };
      await desk.call<LaunchView>('POST', '/api/launches', body);
      await waitUntil(
        async () => {
          const [agent] = await board.agents();
          const states = agent === undefined ? [] : await injections(world, agent.id);
          return states.some(({ state }) => STEPS.indexOf(state) >= STEPS.indexOf(step));
        },
        { everyMs: 2, ...patient, what: `its persona ${step}` },
      );
      await world.killServer();
      await world.restartServer();

      const told = await timesTold(world, 'first words');
      const agent = await board.when('the end', ({ attention }) => attention === 'your_turn');
      const settled = ['confirmed', 'uncertain'];
      await waitUntil(
        async () =>
          (await injections(world, agent.id)).every(({ state }) => settled.includes(state)),
        { ...patient, what: 'how it came out' },
      );
      const [injection, ...more] = await injections(world, agent.id);
      expect(more).toEqual([]);
      if (injection?.state === 'uncertain') expect(told).toBeLessThanOrEqual(1);
      else expect(told).toBe(1);
      // Nor later: what was said once stays once in everything that the model is sent.
      expect(await say(world, agent.id, 'second words')).toBe(told);
    },
  );

  test('is typed, once, into a session without hooks', async () => {
    await using world = await openWorld(install, { settings });
    const { board, desk, claude, headspace, tick, pass } = world;
    await prepare(world);
    await headspace('hooks', 'uninstall', '--yes');
    const body = { path: claude.projectFolder, persona: 'reviewer', prompt: 'first words' };
    const asked = await desk.call<LaunchView>('POST', '/api/launches', body);
    const path = `/api/launches/${asked.body.id}`;
    await waitUntil(async () => (await desk.call<LaunchView>('GET', path)).body.tmuxPane !== null, {
      ...patient,
      what: 'its pane',
    });
    // A first look notes the session; so long it waits for a hook that would bring the agent.
    await tick('session-files');
    pass(11_000);
    await waitUntil(
      async () => {
        await tick('session-files');
        return (await board.agents()).length > 0;
      },
      { ...patient, what: 'the agent' },
    );
    expect(await timesTold(world, 'first words')).toBe(1);
    const [agent] = await board.agents();
    expect(agent?.persona).toBe('reviewer');
    expect(await injections(world, agent?.id ?? 0)).toMatchObject([{ context: 1, how: 'typed' }]);
  });
});
