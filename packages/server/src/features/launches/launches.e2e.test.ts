/** Launches of programs that are not Claude Code, and requests that are refused. Real tmux. */
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LaunchView } from '@headspace/contract';
import { createTestDatabase } from '@headspace/testkit';
import { startTestServer, type TestServer } from '@headspace/testkit/server';
import { createTmux, hasTmux, type Tmux } from '@headspace/testkit/tmux';
import { waitUntil } from '@headspace/testkit/wait-until';
import { describe, expect, test } from 'vitest';

interface Place extends AsyncDisposable {
  readonly server: TestServer;
  readonly tmux: Tmux;
  readonly folder: string;
  call(method: string, path: string, body?: unknown): Promise<{ status: number; body: LaunchView }>;
}

/** A server that starts `script`, by sh, in the place of Claude Code. */
async function openPlace(script: string, deadlineMs = 60_000): Promise<Place> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'headspace-launch-'));
  stack.defer(async () => rm(folder, { recursive: true, force: true }));
  const program = join(folder, 'program');
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  const database = stack.use(await createTestDatabase());
  const tmux = stack.use(await createTmux());
  const settings = {
    'launches.program': program,
    'launches.tmuxSocket': tmux.socketPath,
    'launches.deadlineMs': deadlineMs,
  };
  const server = stack.use(await startTestServer({ database, settings }));
  const owned = stack.move();
  return {
    server,
    tmux,
    folder,
    async call(method, path, body) {
      const response = await fetch(`${server.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${server.operatorToken}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as LaunchView };
    },
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  };
}

async function until(place: Place, id: number, state: LaunchView['state']): Promise<LaunchView> {
  return waitUntil(
    async () => {
      const { body } = await place.call('GET', `/api/launches/${id}`);
      return body.state === state ? body : undefined;
    },
    { timeoutMs: 60_000, what: `launch ${id} ${state}` },
  );
}

const ours = async ({ tmux }: Place): Promise<string[]> =>
  (await tmux.run('list-sessions', '-F', '#{session_name}'))
    .split('\n')
    .filter((name) => name.startsWith('headspace-'));

describe.skipIf(!(await hasTmux())).concurrent('a launch', () => {
  test('of a program that ends at once fails with its last words, and leaves nothing', async () => {
    await using place = await openPlace(
      'echo "API key sk-ant-api03-secret-words-1234567890 bad"; exit 3',
    );
    const { status, body } = await place.call('POST', '/api/launches', { path: place.folder });
    expect(status).toBe(202);
    const failed = await until(place, body.id, 'failed');
    expect(failed.reason).toMatch(/^Claude Code ended at once: API key .* bad$/);
    expect(failed.reason).not.toContain('secret-words');
    await waitUntil(async () => (await ours(place)).length === 0, { what: 'no session' });
  });

  test('of a program that stays silent is closed at its deadline', async () => {
    await using place = await openPlace('exec sleep 600', 1_000);
    const { body } = await place.call('POST', '/api/launches', { path: place.folder });
    const failed = await until(place, body.id, 'failed');
    expect(failed).toMatchObject({ reason: 'Claude Code did not report in time', agentId: null });
    await waitUntil(async () => (await ours(place)).length === 0, { what: 'no session' });
  });

  test('gets the words of its request, and not the environment of the server', async () => {
    await using place = await openPlace(
      'printf "%s\\n" "$@" > "$PWD/arguments"; env > "$PWD/environment.new"; mv environment.new environment; exec sleep 600',
    );
    const asked = { path: place.folder, model: 'opus[1m]', permissionMode: 'plan' };
    const { body } = await place.call('POST', '/api/launches', asked);
    const read = async (name: string) => readFile(join(place.folder, name), 'utf8').catch(() => '');
    const environment = await waitUntil(async () => (await read('environment')) || null, {
      what: 'its environment',
    });
    expect(await read('arguments')).toBe('--model\nopus[1m]\n--permission-mode\nplan\n');
    expect(environment).toContain(`HEADSPACE_LAUNCH=${body.uuid}`);
    await place.call('POST', `/api/launches/${body.id}/stop`);
    expect((await until(place, body.id, 'stopped')).agentId).toBeNull();
    expect(await ours(place)).toEqual([]);
  });

  test('whose terminal somebody closes has failed', async () => {
    await using place = await openPlace('exec sleep 600');
    const { body } = await place.call('POST', '/api/launches', { path: place.folder });
    await waitUntil(
      async () => (await place.call('GET', `/api/launches/${body.id}`)).body.tmuxPane !== null,
      { what: 'its pane' },
    );
    await place.tmux.run('kill-session', '-t', `=${body.tmuxSession}`);
    expect(await until(place, body.id, 'failed')).toMatchObject({
      reason: 'its terminal was closed',
    });
  });

  test('is refused for what cannot be started, and says why', async () => {
    await using place = await openPlace('exec sleep 600');
    const { folder } = place;
    const refused = async (body: unknown) => {
      const { status, body: problem } = await place.call('POST', '/api/launches', body);
      return { status, ...(problem as unknown as { code: string }) };
    };
    expect(await refused({ path: 'relative' })).toMatchObject({ status: 400 });
    expect(await refused({ path: join(folder, 'nowhere') })).toMatchObject({ status: 400 });
    expect(await refused({ path: join(folder, 'program') })).toMatchObject({ status: 400 });
    expect(await refused({ path: folder, model: '--dangerous' })).toMatchObject({ status: 400 });
    expect(await refused({ path: folder, persona: '../../etc' })).toMatchObject({ status: 400 });
    expect(await refused({ path: folder, persona: 'nobody' })).toMatchObject({
      status: 422,
      code: 'persona_unusable',
    });
    const { body } = await place.call('POST', '/api/launches', { path: folder, key: 'one' });
    expect(await refused({ path: folder, key: 'one', prompt: 'other' })).toMatchObject({
      status: 409,
      code: 'key_reused',
    });
    expect((await place.call('GET', '/api/launches/999')).status).toBe(404);
    expect((await place.call('POST', '/api/launches/x/stop')).status).toBe(404);
    await place.call('POST', `/api/launches/${body.id}/stop`);
    await until(place, body.id, 'stopped');
  });
});
