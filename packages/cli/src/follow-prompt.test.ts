/** `send --wait` until a prompt has arrived, against a small real server. */
import type { ServerResponse } from 'node:http';
import type { PromptState, PromptView } from '@headspace/contract';
import { expect, it } from 'vitest';
import { agent } from './testing/agent-view.ts';
import { cliHome } from './testing/cli.ts';
import { startHookServer } from './testing/hook-server.ts';

const at = '2026-05-20T12:00:00.000Z';

function promptIn(state: PromptState, place: number | null = null): PromptView {
  return {
    id: 7,
    agentId: 1,
    key: 'k',
    text: 'hello',
    kind: 'text',
    state,
    place,
    revision: 1,
    attempt: 0,
    reason: null,
    createdAt: at,
    changedAt: at,
    acceptedAt: state === 'accepted' ? at : null,
    acceptedBy: state === 'accepted' ? 'hook' : null,
  };
}

const shop = { ...agent(1, 'idle', 'r'), name: 'shop 5f0c1b7e', tmuxPane: '%1', tmuxSocket: '/t' };

/** States that the prompt is found in, look by look; the stream says that something changed. */
async function serverWith(states: readonly PromptView[], streams: ('open' | 'cut')[]) {
  const waiting = [...states];
  return startHookServer((request, response: ServerResponse) => {
    const { url, method } = request;
    if (url === '/api/events') {
      const [kind = 'open'] = streams.splice(0, 1);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (kind === 'cut') return void response.end();
      const message = { type: 'prompt.changed', agentId: 1, promptId: 7, state: 'x', reason: null };
      const tell = () => {
        const change = { ...message, state: waiting[0]?.state ?? 'accepted' };
        response.write(`id: 1\nevent: prompt.changed\ndata: ${JSON.stringify(change)}\n\n`);
      };
      for (const _ of states) tell();
      return;
    }
    const body = url.startsWith('/api/agents?')
      ? { agents: [shop] }
      : method === 'POST'
        ? promptIn('queued', 2)
        : (waiting.shift() ?? states.at(-1));
    response.writeHead(method === 'POST' ? 201 : 200).end(JSON.stringify(body));
  });
}

it('tells each step and ends with 0', async () => {
  using home = cliHome();
  const states = [promptIn('queued', 1), promptIn('delivering'), promptIn('accepted')];
  await using server = await serverWith(states, []);
  home.env['HEADSPACE_SERVER_PORT'] = String(server.port);
  const run = await home.run('send', 'shop', 'hello', '--wait');
  expect(run).toMatchObject({ code: 0, stdout: '' });
  expect(run.stderr.split('\n')).toEqual([
    'prompt 7 queued at place 2',
    'prompt 7 queued, next',
    'prompt 7 is being delivered',
    'prompt 7 arrived',
    '',
  ]);
});

it('goes on after a stream that broke off, and ends with 1 where the prompt failed', async () => {
  using home = cliHome();
  const failed = { ...promptIn('failed'), reason: 'the pane is gone' };
  await using server = await serverWith([promptIn('queued', 1), failed], ['cut']);
  home.env['HEADSPACE_SERVER_PORT'] = String(server.port);
  const run = await home.run('send', 'shop', 'hello', '--wait', '--json');
  expect(run).toMatchObject({ code: 1, stderr: '' });
  expect(JSON.parse(run.stdout)).toMatchObject({ state: 'failed', reason: 'the pane is gone' });
});

it('names the key where it is not known whether the prompt was taken', async () => {
  using home = cliHome();
  await using server = await startHookServer((request, response) => {
    if (request.method === 'POST') response.destroy();
    else response.writeHead(200).end(JSON.stringify({ agents: [shop] }));
  });
  home.env['HEADSPACE_SERVER_PORT'] = String(server.port);
  const run = await home.run('send', 'shop', 'hello');
  expect(run.code).toBe(3);
  expect(run.stderr).toMatch(/whether it has taken the prompt is not known/);
  const key = /--key (\S+):/.exec(run.stderr)?.[1];
  expect(server.requests.at(-1)?.body).toContain(`"key":"${key ?? ''}"`);
});
