/** What a screen proves, and dismissal with its undo, in a real browser on a real server. */
import { noteNotRun } from '@headspace/testkit';
import { findChromium } from '@headspace/testkit/browser';
import { describe, expect, test } from 'vitest';
import { logIn, useBrowser } from './testing/dashboard-browser.ts';
import {
  marks,
  openLivenessWorld,
  prompt,
  recordedScreen,
  SOCKET,
  start,
} from './testing/liveness-world.ts';

const chromiumPath = findChromium();
if (chromiumPath === undefined)
  noteNotRun('screen evidence in the dashboard: Chromium is not installed.');

const RULE = '─'.repeat(60);
const LIMIT = [
  '❯ go on',
  "  ⎿  You've hit your session limit · resets 3pm (UTC)",
  RULE,
  '❯\u00a0',
  RULE,
  '  ? for shortcuts',
];

describe.skipIf(chromiumPath === undefined)('screen evidence in a browser', () => {
  const openPage = useBrowser(chromiumPath);

  test('shows the lines that prove it, on the card and in the panel; dismisses and brings back', async () => {
    await using world = await openLivenessWorld();
    const screens = {
      dialog: recordedScreen('model-switch-dialog'),
      stalled: recordedScreen('working-spinner'),
      limit: LIMIT.join('\n'),
    };
    let number = 0;
    for (const [id, screen] of Object.entries(screens)) {
      number += 1;
      world.processes.running.set(number + 10, 'then');
      world.tmux.open(SOCKET, `%${number}`, number + 10);
      world.tmux.show(SOCKET, `%${number}`, screen);
      await world.send(start(id, marks(number + 10, `%${number}`)));
      await world.send(prompt(id, marks(number + 10, `%${number}`)));
    }
    await world.settled();
    await world.watch();
    await world.watch(190_000);

    const [server] = world.servers;
    if (server === undefined) throw new Error('no server');
    await using watched = await openPage({ viewport: { width: 1280, height: 900 } });
    const { page, complaints } = watched;
    await logIn(page, server);
    const card = (attention: string) =>
      page.locator(`[data-testid="agent-card"][data-attention="${attention}"]`);
    await card('needs_you').getByText('1. Yes, switch to Sonnet 5').waitFor();
    await card('stalled').getByText('esc to interrupt').waitFor();
    await card('limit').getByTestId('card-screen').getByText('resets 3pm').waitFor();

    await card('stalled').click();
    const detail = page.getByTestId('agent-detail');
    await detail.getByTestId('screen-proof').getByText('esc to interrupt').waitFor();
    await detail.getByTestId('agent-dismiss').click();
    await detail.getByTestId('agent-restore').waitFor();
    await card('stalled').waitFor({ state: 'detached' });
    expect(await world.agent('stalled')).toMatchObject({ endedReason: 'dismissed by a person' });
    await detail.getByTestId('agent-restore').click();
    await card('working').waitFor();
    expect(await world.agent('stalled')).toMatchObject({ endedAt: null, state: 'processing' });
    expect(complaints).toEqual([]);
  });
});
