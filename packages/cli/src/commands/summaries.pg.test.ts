/** `headspace summaries` against a real server. */
import { InferenceView, SummaryList } from '@headspace/contract';
import { waitUntil } from '@headspace/testkit/wait-until';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CliHome } from '../testing/cli.ts';
import { openServed, type Served } from '../testing/served.ts';

let served: Served;
let home: CliHome;

beforeAll(async () => {
  served = await openServed({ 'summaries.debounceMs': 0 });
  home = served.home;
  const session = { session_id: 's1', cwd: '/home/dev/shop' };
  await served.hook('session-start', { ...session, source: 'startup', model: 'm' });
  const prompt = 'Please make the basket faster. It takes a second to open.';
  await served.hook('user-prompt-submit', { ...session, prompt, prompt_id: 'p1' });
});
afterAll(async () => served[Symbol.asyncDispose]());

it('shows the lines of an agent', async () => {
  const run = await waitUntil(
    async () => {
      const now = await home.run('summaries', 'shop');
      return now.stdout.includes('Make the basket faster.') && now;
    },
    { what: 'a line', timeoutMs: 30_000 },
  );
  expect(run).toMatchObject({ code: 0, stderr: '' });
  expect(run.stdout).toMatch(/^SUMMARY +KIND +STATE +FRUSTRATION +LINE/);
  const json = await home.run('summaries', 'shop', '--json');
  expect(SummaryList.parse(JSON.parse(json.stdout)).summaries.length).toBeGreaterThan(0);
});

it('pauses and resumes, and says how summaries stand', async () => {
  expect((await home.run('summaries', 'pause')).stdout).toMatch(
    /^Summaries by extractive \(built-in\): paused; \d+ queued/,
  );
  const paused = await home.run('summaries', '--json');
  expect(InferenceView.parse(JSON.parse(paused.stdout)).paused).toBe(true);
  expect((await home.run('summaries', 'resume')).stdout).toContain(': on; ');
  expect((await home.run('summaries', 'retry')).stdout).toBe('0 are tried again.\n');
});

it('sets an objective, shows the ranking, and takes it away', async () => {
  expect((await home.run('summaries', 'objective', 'a fast basket')).stdout).toMatch(/^Set\./);
  await waitUntil(async () => (await home.run('summaries')).stdout.includes('Shares: basket'), {
    what: 'a ranking',
    timeoutMs: 30_000,
  });
  expect((await home.run('summaries')).stdout).toContain('Objective: a fast basket');
  expect((await home.run('summaries', 'objective', '')).stdout).toBe(
    'There is no objective now.\n',
  );
  expect((await home.run('summaries', 'objective', 'x', '--project', 'x')).code).toBe(2);
});
