/** The API of personas: files, learnings, and giving one to a running agent. */
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  AgentPersonaView,
  LearningList,
  LearningView,
  PersonaFile,
  PersonaList,
  PersonaView,
  Problem,
} from '@headspace/contract';
import { waitUntil } from '@headspace/testkit/wait-until';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { HookWorld } from './testing/hook-world.ts';
import { addLaunch, hook, openPersonaWorld, start, typed } from './testing/persona-world.ts';

let world: HookWorld;
let home: string;

beforeAll(async () => {
  world = await openPersonaWorld({ servers: 2 });
  home = server().paths.home;
});
afterAll(async () => world[Symbol.asyncDispose]());

function server(index = 0): HookWorld['servers'][number] {
  const found = world.servers[index];
  if (found === undefined) throw new Error('no server');
  return found;
}

async function call<T>(
  method: string,
  path: string,
  body?: unknown,
  { headers = {}, at = 0 }: { headers?: Record<string, string>; at?: number } = {},
): Promise<{ status: number; etag: string; body: T }> {
  const { url, operatorToken } = server(at);
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${operatorToken}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const etag = answer.headers.get('etag') ?? '';
  return { status: answer.status, etag, body: (await answer.json()) as T };
}

async function make(slug: string): Promise<void> {
  const { status } = await call('POST', '/api/personas', { slug, skill: 'You can.' });
  expect(status).toBe(201);
}

describe('files', () => {
  test('are made, shown and changed on the content that was seen', async () => {
    const made = await call<PersonaView>('POST', '/api/personas', {
      slug: 'writer',
      skill: 'You write.',
      guardrails: 'No secrets.',
    });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ slug: 'writer', problem: null, agents: [] });
    expect(made.body.files.map(({ name, content }) => [name, content])).toEqual([
      ['skill.md', 'You write.'],
      ['experience.md', null],
      ['guardrails.md', 'No secrets.'],
    ]);
    const path = '/api/personas/writer/files/experience.md';
    const none = { 'if-match': '"none"' };
    const first = await call<PersonaFile>('PUT', path, { content: '- one\n' }, { headers: none });
    expect(first).toMatchObject({ status: 200, body: { content: '- one\n' } });
    expect(first.etag).toBe(first.body.etag);
    const stale = await call<Problem>('PUT', path, { content: 'x' }, { headers: none });
    expect(stale).toMatchObject({ status: 412, body: { code: 'file_changed' } });
    const seen = { 'if-match': first.etag };
    const second = await call('PUT', path, { content: '- two\n' }, { headers: seen });
    expect(second.status).toBe(200);
    expect(await readFile(join(home, 'personas/writer/experience.md'), 'utf8')).toBe('- two\n');
    const after = await call<PersonaView>('GET', '/api/personas/writer');
    expect(after.body.version).not.toBe(made.body.version);
  });

  test('of the machine are its guardrails', async () => {
    const before = await call<PersonaFile>('GET', '/api/guardrails');
    expect(before.body.content).toBeNull();
    await call('PUT', '/api/guardrails', { content: 'Never push.' });
    const { body } = await call<PersonaList>('GET', '/api/personas');
    expect(body.guardrails).toMatchObject({ content: 'Never push.', problem: null });
  });

  test.each([
    ['POST', '/api/personas', { slug: '../up', skill: 's' }, 400],
    ['POST', '/api/personas', { slug: 'a', skill: ' ' }, 400],
    ['POST', '/api/personas', { slug: 'a', skill: 's', guardrails: 'x'.repeat(4_001) }, 400],
    ['POST', '/api/personas', { slug: 'a', skill: 'x'.repeat(200_001) }, 400],
    ['POST', '/api/personas', { slug: 'a', skill: '\ud800' }, 400],
    ['POST', '/api/personas', null, 400],
    ['GET', '/api/personas/..%2f..%2fetc', undefined, 404],
    ['GET', '/api/personas/nobody', undefined, 404],
    ['GET', '/api/personas/nobody/learnings', undefined, 404],
    ['PUT', '/api/personas/nobody/files/skill.md', { content: 's' }, 404],
    ['PUT', '/api/personas/nobody/files/..%2fconfig.yaml', { content: 's' }, 404],
    ['PUT', '/api/agents/99999/persona', { persona: null }, 404],
    ['GET', '/api/agents/x/persona', undefined, 404],
  ])('%s %s %j is refused', async (method, path, body, status) => {
    expect((await call(method, path, body)).status).toBe(status);
  });

  test('are never written over, nor through a link', async () => {
    await make('kept');
    const again = await call<Problem>('POST', '/api/personas', { slug: 'kept', skill: 'other' });
    expect(again).toMatchObject({ status: 409, body: { code: 'persona_exists' } });
    const secret = join(home, 'secret');
    await writeFile(secret, 'mine');
    await symlink(secret, join(home, 'personas/kept/experience.md'));
    const path = '/api/personas/kept/files/experience.md';
    const linked = await call<Problem>('PUT', path, { content: 'x' });
    expect(linked).toMatchObject({ status: 507, body: { code: 'file_not_writable' } });
    await mkdir(join(home, 'elsewhere'));
    await symlink(join(home, 'elsewhere'), join(home, 'personas/linked'));
    expect(
      (await call('PUT', '/api/personas/linked/files/skill.md', { content: 'x' })).status,
    ).toBe(507);
    expect(await readFile(secret, 'utf8')).toBe('mine');
    await rm(join(home, 'personas/linked'));
  });

  test('made at once by twenty are one persona', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, n) =>
        call('POST', '/api/personas', { slug: 'once', skill: `by ${n}` }, { at: n % 2 }),
      ),
    );
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([201, ...Array.from({ length: 19 }, () => 409)]);
  });
});

describe('learnings', () => {
  const learnings = async (slug: string): Promise<LearningView[]> =>
    (await call<LearningList>('GET', `/api/personas/${slug}/learnings`)).body.learnings;

  test('are proposed by the last words of a finished command, once', async () => {
    await make('learner');
    const launch = await addLaunch(world.pool, server().context.hostId, { persona: 'learner' });
    await start(server(), { session: 'l', headers: { launch, claudePid: '51', tmuxPane: '%5' } });
    await hook(server(), 'UserPromptSubmit', { prompt: 'go', prompt_id: 'p1' }, 'l');
    const words = { last_assistant_message: 'Done.\nLearning: Run the migrations first.' };
    await hook(server(), 'Stop', { prompt_id: 'p1', ...words }, 'l');
    await hook(server(), 'Stop', { prompt_id: 'p1', ...words }, 'l');
    await world.settled();
    expect(await learnings('learner')).toMatchObject([
      { text: 'Run the migrations first.', state: 'pending', persona: 'learner' },
    ]);
    const { body } = await call<PersonaView>('GET', '/api/personas/learner');
    expect(body.pendingLearnings).toBe(1);
  });

  test('accepted by many at once stand in the file, each once', async () => {
    await make('student');
    const path = '/api/personas/student/learnings';
    const ids: number[] = [];
    for (let n = 0; n < 20; n++) {
      const { body } = await call<LearningView>('POST', path, { text: `lesson ${n}` });
      ids.push(body.id);
    }
    const accept = { decision: 'accept' };
    const answers = await Promise.all(
      [...ids, ...ids].map(async (id, n) => call('POST', `${path}/${id}`, accept, { at: n % 2 })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const file = await readFile(join(home, 'personas/student/experience.md'), 'utf8');
    const lines = file.trimEnd().split('\n').toSorted();
    expect(lines).toEqual(ids.map((id, n) => `- lesson ${n} <!-- learning ${id} -->`).toSorted());
  });

  test('have one decision', async () => {
    await make('judge');
    const path = '/api/personas/judge/learnings';
    const { body } = await call<LearningView>('POST', path, { text: 'a lesson' });
    const decide = async (decision: string, at: number) =>
      (await call('POST', `${path}/${body.id}`, { decision }, { at })).status;
    const both = await Promise.all([decide('accept', 0), decide('reject', 1)]);
    expect(both.toSorted((a, b) => a - b)).toEqual([200, 409]);
    const [learning] = await learnings('judge');
    const file = await readFile(join(home, 'personas/judge/experience.md'), 'utf8').catch(() => '');
    expect(file.includes('a lesson')).toBe(learning?.state === 'accepted');
  });

  test('that do not fit are not accepted', async () => {
    await make('full');
    const content = 'x'.repeat(199_000);
    await call('PUT', '/api/personas/full/files/experience.md', { content });
    const path = '/api/personas/full/learnings';
    const { body } = await call<LearningView>('POST', path, { text: 'a lesson' });
    const answer = await call<Problem>('POST', `${path}/${body.id}`, { decision: 'accept' });
    expect(answer).toMatchObject({ status: 422, body: { code: 'persona_unusable' } });
    expect(await learnings('full')).toMatchObject([{ state: 'pending' }]);
  });

  test('whose decider has died are written by a job', async () => {
    await make('heir');
    const { body } = await call<LearningView>('POST', '/api/personas/heir/learnings', {
      text: 'a',
    });
    const name = `persona-learning@${server().context.hostId}`;
    // As `decideLearning` leaves it, before the file is written.
    await world.pool.query(
      `with d as (update persona_learnings set state = 'accepted', decided_at = now()
         where id = $1 returning id)
       select graphile_worker.add_job($2, json_build_object('learningId', id)) from d`,
      [body.id, name],
    );
    const path = join(home, 'personas/heir/experience.md');
    await waitUntil(async () => (await readFile(path, 'utf8').catch(() => '')).includes('- a '), {
      timeoutMs: 30_000,
      what: 'the file',
    });
  });
});

describe('a running agent', () => {
  test('is given a persona, once per key, and loses it again', async () => {
    await make('later');
    const pane = { claudePid: '61', tmuxPane: '%6' };
    await start(server(), { session: 'r', headers: pane });
    const agent = (await world.agents()).find(({ sessionId }) => sessionId === 'r');
    const path = `/api/agents/${agent?.id ?? 0}/persona`;
    const body = { persona: 'later', key: 'k' };
    const before = (await typed(world.pool)).length;
    const answers = await Promise.all(
      [0, 1, 0, 1].map(async (at) => call('PUT', path, body, { at })),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    await waitUntil(async () => (await typed(world.pool)).length > before, {
      timeoutMs: 30_000,
      what: 'its text in the queue',
    });
    const view = await call<AgentPersonaView>('GET', path);
    expect(view.body).toMatchObject({
      persona: 'later',
      injections: [{ cause: 'person', how: 'typed', context: 1 }],
    });
    expect((await typed(world.pool)).length).toBe(before + 1);
    expect(await start(server(), { session: 'r', source: 'resume', headers: pane })).toBeNull();
    await call('PUT', path, { persona: null });
    expect((await call<AgentPersonaView>('GET', path)).body.persona).toBeNull();
  });

  test('is not given what cannot be used', async () => {
    const agent = (await world.agents()).at(-1);
    const path = `/api/agents/${agent?.id ?? 0}/persona`;
    const answer = await call<Problem>('PUT', path, { persona: 'nobody' });
    expect(answer).toMatchObject({ status: 422, body: { code: 'persona_unusable' } });
  });
});
