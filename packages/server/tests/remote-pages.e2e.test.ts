/** The page of API keys, and the chat view inside the frame of another web site, in a real browser. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { EmbedToken } from '@headspace/contract';
import { noteNotRun } from '@headspace/testkit';
import { findChromium } from '@headspace/testkit/browser';
import { hasTmux } from '@headspace/testkit/tmux';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logIn, PHONE, useBrowser } from './testing/dashboard-browser.ts';
import { openRemoteWorld, type RemoteWorld } from './testing/remote-world.ts';

const chromiumPath = findChromium();
const canRun = chromiumPath !== undefined && (await hasTmux());
if (!canRun) noteNotRun('the pages of remote agents: Chromium or tmux is not installed.');

/** What stands out of the page to the right. */
const TOO_WIDE = `[...document.querySelectorAll('body *')]
  .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth)
  .map((one) => one.outerHTML.slice(0, 100))`;

describe.skipIf(!canRun)('in a browser', () => {
  const openPage = useBrowser(chromiumPath);
  let world: RemoteWorld;

  beforeAll(async () => {
    world = await openRemoteWorld();
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  test.each([
    ['a desk', {}],
    ['a phone', PHONE],
  ])('a key is made, shown once, and revoked, on %s', async (_, options) => {
    const [server] = world.servers;
    if (server === undefined) throw new Error('no server');
    await using watched = await openPage(options);
    const { page, requests, complaints } = watched;
    await logIn(page, server);
    await page.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('link', { name: 'API keys' }).click();
    await page.getByLabel('Name').fill('the shop');
    await page.getByLabel('Projects').fill('/not/there');
    await page.getByRole('button', { name: 'Make the key' }).click();
    await page.getByText('projects.0: is not a directory').waitFor();
    await page.getByLabel('Projects').fill(world.project);
    await page.getByRole('button', { name: 'Make the key' }).click();
    const shown = page.getByTestId('new-key');
    await shown.waitFor();
    const key = await shown.locator('code').innerText();
    expect(key).toMatch(/^hs_\d+_[\w-]{43}$/);
    const asKey = async (): Promise<number> =>
      (await world.call('GET', '/api/remote-agents', { token: key })).status;
    expect(await asKey()).toBe(200);
    await page.getByRole('button', { name: 'I have it' }).click();
    await page.reload();
    const row = page.locator(`[data-testid=api-key][data-key-id="${key.split('_')[1]}"]`);
    await row.waitFor();
    expect(await page.content()).not.toContain(key);
    expect(await page.evaluate(TOO_WIDE)).toEqual([]);
    await row.getByRole('button', { name: 'Revoke the shop' }).click();
    await row.getByRole('button', { name: 'Really revoke' }).click();
    await row.getByText('revoked').waitFor();
    expect(await asKey()).toBe(401);
    expect(requests.join('\n')).not.toContain(key);
    // Chromium notes the refusal that was asked for.
    expect(complaints.filter((text) => !text.includes('400'))).toEqual([]);
  });

  test('a remote agent says so on its card', async () => {
    const [server] = world.servers;
    if (server === undefined) throw new Error('no server');
    const { body } = await world.call('POST', '/api/remote-agents', {
      body: { project: world.project },
    });
    const { rows } = await world.pool.query<{ uuid: string }>(
      'select uuid from launches l join remote_agents r on r.launch_id = l.id where r.id = $1',
      [body.id],
    );
    const agentId = await startAgent('marked', 61, rows[0]?.uuid);
    await using watched = await openPage();
    const { page } = watched;
    await logIn(page, server);
    await page
      .locator(`[data-agent-id="${agentId}"]`)
      .getByTitle('Started by a program with an API key')
      .waitFor();
  });

  test('a chat view shows and prompts its agent in a frame of an allowed site, and ends with it', async () => {
    await using site = await openSite();
    const agentId = await startAgent('framed', 62);
    const { id: keyId, key: token } = await world.key({ embedOrigins: [site.origin] });
    const id = await world.adopt(keyId, agentId);
    const made = await world.call<EmbedToken>('POST', `/api/remote-agents/${id}/embed-tokens`, {
      token,
      body: { access: 'prompt' },
    });
    await using watched = await openPage();
    const { page, requests, complaints } = watched;
    site.show(`${world.servers[0]?.url ?? ''}${made.body.path}`);
    await page.goto(site.origin);
    const frame = page.frameLocator('iframe');
    await frame.locator('#state').filter({ hasNotText: 'Connecting' }).waitFor();
    await frame.getByLabel('Message').fill('hello from the frame');
    await frame.getByRole('button', { name: 'Send' }).click();
    await expect
      .poll(async () => {
        const { rows } = await world.pool.query<{ body: string }>(
          'select body from prompts where agent_id = $1',
          [agentId],
        );
        return rows.map(({ body }) => body);
      })
      .toEqual(['hello from the frame']);
    await world.send({
      event: 'UserPromptSubmit',
      payload: { session_id: 'framed', prompt: '<b>not markup</b>', prompt_id: 'p1' },
    });
    await frame.getByText('<b>not markup</b>').waitFor();
    // The token was in no address that a server saw.
    expect(requests.some((url) => url.includes(`/api/remote-agents/${id}`))).toBe(true);
    expect(requests.map((url) => url.split('#')[0]).join('\n')).not.toContain(made.body.token);
    await world.call('POST', `/api/agents/${agentId}/dismiss`);
    await frame.getByText('This view has ended.').waitFor();
    expect(complaints.filter((text) => !text.includes('401'))).toEqual([]);
  });

  test('no other site can frame it', async () => {
    await using site = await openSite();
    const { id: keyId, key: token } = await world.key({ embedOrigins: ['https://shop.example'] });
    const id = await world.adopt(keyId, await startAgent('unframed', 63));
    const { body } = await world.call<EmbedToken>('POST', `/api/remote-agents/${id}/embed-tokens`, {
      token,
      body: {},
    });
    await using watched = await openPage();
    site.show(`${world.servers[0]?.url ?? ''}${body.path}`);
    await watched.page.goto(site.origin);
    await expect
      .poll(() => watched.complaints.join('\n'))
      .toMatch(/frame-ancestors https:\/\/shop\.example/);
    expect(watched.requests.some((url) => url.includes('/api/'))).toBe(false);
  });

  async function startAgent(session: string, pid: number, launch?: string): Promise<number> {
    world.processes.running.set(pid, '1');
    const from = launch === undefined ? {} : { launch };
    const headers = {
      ...from,
      claudePid: `${pid}`,
      tmux: '/nowhere/default,1,0',
      tmuxPane: `%${pid}`,
    };
    const payload = { session_id: session, source: 'startup', model: 'm', cwd: world.project };
    await world.send({ event: 'SessionStart', payload, headers });
    await world.settled();
    const agent = (await world.agents()).find(({ sessionId }) => sessionId === session);
    if (agent === undefined) throw new Error('the hook made no agent');
    return agent.id;
  }
});

interface Site extends AsyncDisposable {
  readonly origin: string;
  /** What its page frames from now on. */
  show(url: string): void;
}

/** Somebody else's web site, by another name than ours. */
async function openSite(): Promise<Site> {
  let framed = '';
  const http = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end(`<!doctype html><link rel="icon" href="data:,"><iframe src="${framed}"></iframe>`);
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { port } = http.address() as AddressInfo;
  return {
    origin: `http://localhost:${port}`,
    show: (url) => (framed = url.replaceAll('&', '&amp;')),
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
