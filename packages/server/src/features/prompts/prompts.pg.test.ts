import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPromptWorld, type PromptWorld } from '../../../tests/testing/prompt-world.ts';

let world: PromptWorld;
let path: string;

beforeEach(async () => {
  world = await openPromptWorld({ settings: { 'prompts.maxQueued': 5 } });
  path = `/api/agents/${world.agentId}/prompts`;
});
afterEach(async () => world[Symbol.asyncDispose]());

const give = async (text: string, more: object = {}) => world.api('POST', path, { text, ...more });
const texts = async () => (await world.prompts()).map(({ text }) => text);
const counts = async () => (await world.agents())[0]?.prompts;

describe('a prompt', () => {
  test('is taken in normal form, counted, and shown in the order given', async () => {
    const first = await give('a\tb\r\nc\u001b[201~  ');
    expect(first).toMatchObject({
      status: 201,
      body: { text: 'a    b\nc[201~', kind: 'text', state: 'queued', place: 1, revision: 1 },
    });
    expect((await give('/not meant')).body.text).toBe(' /not meant');
    expect((await give('/compact', { command: true })).body).toMatchObject({
      text: '/compact',
      kind: 'command',
      place: 3,
    });
    expect(await texts()).toEqual(['a    b\nc[201~', ' /not meant', '/compact']);
    expect(await counts()).toEqual({ queued: 3, inFlight: 0, failed: 0 });
  });

  test.each([
    ['nothing', {}],
    ['no text', { text: 5 }],
    ['an empty text', { text: ' \n\u0007' }],
    ['what would end the session', { text: ' exit ' }],
    ['a command that is none', { text: 'compact', command: true }],
    ['an unknown field', { text: 'a', comand: true }],
    ['a bad key', { text: 'a', key: 'a b' }],
    ['a text beyond the limit', { text: 'x'.repeat(200_001) }],
  ])('%s is refused with 400', async (_name, body) => {
    expect(await world.api('POST', path, body)).toMatchObject({ status: 400 });
    expect(await world.prompts()).toEqual([]);
  });

  test('more than wait at once are refused', async () => {
    for (let n = 0; n < 5; n++) expect((await give(`n ${n}`)).status).toBe(201);
    expect(await give('one more')).toMatchObject({ status: 409, body: { code: 'queue_full' } });
  });

  test('with the same key is the same prompt, with another text a conflict', async () => {
    const headers = { 'idempotency-key': 'k1' };
    const first = await world.api('POST', path, { text: 'hello' }, { headers });
    const again = await give('hello', { key: 'k1' });
    expect([first.status, again.status]).toEqual([201, 200]);
    expect(again.body).toEqual(first.body);
    expect(await give('other', { key: 'k1' })).toMatchObject({
      status: 409,
      body: { code: 'key_reused' },
    });
    const both = await world.api('POST', path, { text: 'hello', key: 'k2' }, { headers });
    expect(both.status).toBe(400);
  });

  test('arrives: the hook accepts it, and the card knows', async () => {
    const { body } = await give('run the tests');
    await world.claim(body);
    expect(await counts()).toEqual({ queued: 0, inFlight: 1, failed: 0 });
    await world.submit('run the tests', 'p1');
    expect(await world.prompts()).toMatchObject([
      { id: body.id, state: 'accepted', acceptedBy: 'hook', attempt: 1, place: null },
    ]);
    expect(await counts()).toEqual({ queued: 0, inFlight: 0, failed: 0 });
    const again = await give('run the tests', { key: body.key });
    expect(again).toMatchObject({ status: 200, body: { id: body.id, state: 'accepted' } });
  });

  test('is proved by a hook out of the spool that comes behind newer ones', async () => {
    const { body } = await give('run the tests');
    const now = Date.now();
    await world.claim(body, { at: now - 20_000 });
    await world.submit('something newer', 'p2', now - 1_000);
    await world.submit('run the tests', 'p1', now - 10_000);
    expect(await world.prompts()).toMatchObject([{ state: 'accepted', acceptedBy: 'hook' }]);
    const [agent] = await world.agents();
    expect(agent?.command?.prompt).toBe('something newer');
  });

  test('is announced to readers of the stream, without its words', async () => {
    await give('secret words');
    const { rows } = await world.pool.query<{ message: string }>(
      `select message from stream where type = 'prompt.changed'
       union all select message from outbox where type = 'prompt.changed'`,
    );
    expect(rows.map(({ message }) => JSON.parse(message) as unknown)).toMatchObject([
      { type: 'prompt.changed', agentId: world.agentId, state: 'queued', reason: null },
    ]);
    expect(rows[0]?.message).not.toContain('secret');
  });
});

test('what a person was promised waits for the disk, the proof of an arrival does not', async () => {
  // Sees the setting that the transaction commits with.
  await world.pool.query(`
    create table commits (state text, synchronous text);
    create function note_commit() returns trigger language plpgsql as $$
    begin
      insert into commits values (new.state, current_setting('synchronous_commit'));
      return null;
    end $$;
    create constraint trigger note_commit after insert or update on prompts
      deferrable initially deferred for each row execute function note_commit()`);
  const { body } = await give('hello');
  const other = await give('other');
  await world.api('DELETE', `${path}/${other.body.id}`);
  await world.claim(body);
  await world.submit('hello', 'p1');
  const { rows } = await world.pool.query<{ seen: string }>(
    `select distinct state || ' ' || synchronous as seen from commits order by 1`,
  );
  expect(rows.map(({ seen }) => seen)).toEqual([
    'accepted off',
    'cancelled on',
    'delivering on',
    'queued on',
  ]);
});

describe('a queued prompt', () => {
  test('can be edited by who has seen it as it is', async () => {
    const { body } = await give('helo');
    const at = `${path}/${body.id}`;
    const edited = await world.api('PATCH', at, { revision: 1, text: 'hello' });
    expect(edited).toMatchObject({ status: 200, body: { text: 'hello', revision: 2 } });
    expect(await world.api('PATCH', at, { revision: 1, text: 'hallo' })).toMatchObject({
      status: 409,
      body: { code: 'prompt_changed' },
    });
    expect(await world.api('PATCH', at, { revision: 2 })).toMatchObject({ status: 400 });
    const command = await world.api('PATCH', at, { revision: 2, command: true });
    expect(command).toMatchObject({ status: 400 });
  });

  test('can be put first', async () => {
    await give('one');
    await give('two');
    const { body } = await give('three');
    const moved = await world.api('PATCH', `${path}/${body.id}`, { revision: 1, next: true });
    expect(moved.body).toMatchObject({ place: 1, revision: 1 });
    expect(await texts()).toEqual(['three', 'one', 'two']);
  });

  test('can be cancelled, twice too, and brought back to its place', async () => {
    const { body } = await give('one');
    await give('two');
    const at = `${path}/${body.id}`;
    expect((await world.api('DELETE', at)).body.state).toBe('cancelled');
    expect((await world.api('DELETE', at)).body.state).toBe('cancelled');
    expect(await counts()).toEqual({ queued: 1, inFlight: 0, failed: 0 });
    expect((await world.api('POST', `${at}/retry`)).body.state).toBe('queued');
    expect(await texts()).toEqual(['one', 'two']);
    expect(await world.api('POST', `${at}/retry`)).toMatchObject({ status: 409 });
  });

  test('that a delivery has claimed is left alone', async () => {
    const { body } = await give('one');
    await world.claim(body);
    const at = `${path}/${body.id}`;
    for (const [method, to, sent] of [
      ['PATCH', at, { revision: 1, text: 'two' }],
      ['DELETE', at, undefined],
      ['POST', `${at}/retry`, undefined],
    ] as const) {
      expect(await world.api(method, to, sent)).toMatchObject({
        status: 409,
        body: { code: 'prompt_not_queued' },
      });
    }
  });
});

describe('an agent', () => {
  test('that does not exist, has no pane or is over takes none', async () => {
    for (const id of ['999', '0', 'x', '99999999999']) {
      const answer = await world.api('POST', `/api/agents/${id}/prompts`, { text: 'a' });
      expect(answer.status).toBe(404);
    }
    const payload = { session_id: 'bare', source: 'startup', model: 'm', cwd: '/x' };
    await world.send({ event: 'SessionStart', payload });
    await world.settled();
    const bare = (await world.agents()).find(({ sessionId }) => sessionId === 'bare');
    expect(await world.api('POST', `/api/agents/${bare?.id}/prompts`, { text: 'a' })).toMatchObject(
      { status: 409, body: { code: 'agent_unreachable' } },
    );
    await world.send({ event: 'SessionEnd', payload: { session_id: 'bare', reason: 'other' } });
    await world.settled();
    expect(await world.api('POST', `/api/agents/${bare?.id}/prompts`, { text: 'a' })).toMatchObject(
      { status: 409, body: { code: 'agent_ended' } },
    );
  });

  test('on another machine takes prompts, which wait for the server there', async () => {
    const payload = { session_id: 'far', source: 'startup', model: 'm', cwd: '/x' };
    const headers = { host: 'another-host', tmux: '/nowhere/tmux,1,0', tmuxPane: '%1' };
    await world.send({ event: 'SessionStart', payload, headers });
    await world.settled();
    const far = (await world.agents()).find(({ sessionId }) => sessionId === 'far');
    const answer = await world.api('POST', `/api/agents/${far?.id}/prompts`, { text: 'a' });
    expect(answer).toMatchObject({
      status: 201,
      body: { state: 'queued', reason: 'waits for the server on the agent’s own machine' },
    });
  });

  test('that ends keeps its queue', async () => {
    const { body } = await give('later');
    const payload = { session_id: 'session-1', reason: 'prompt_input_exit' };
    await world.send({ event: 'SessionEnd', payload });
    await world.settled();
    expect(await texts()).toEqual(['later']);
    // A repeated request is answered, not judged anew.
    expect((await give('later', { key: body.key })).status).toBe(200);
    expect((await world.api('DELETE', `${path}/${body.id}`)).body.state).toBe('cancelled');
  });
});
