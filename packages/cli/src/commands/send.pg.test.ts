/** `send`, `prompts`, `cancel`, `handoff` and `handoffs` against a real server. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { text } from 'node:stream/consumers';
import type { PromptView } from '@headspace/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CliHome } from '../testing/cli.ts';
import { openServed, type Served } from '../testing/served.ts';

let served: Served;
let home: CliHome;

beforeAll(async () => {
  served = await openServed();
  home = served.home;
  await startAgent('s1', '/home/dev/shop', '%1');
  await startAgent('s2', '/home/dev/tools', '%2');
  await startAgent('s3', '/home/dev/tools', '%3');
});
afterAll(async () => served[Symbol.asyncDispose]());

async function startAgent(session: string, cwd: string, pane: string): Promise<void> {
  const payload = { session_id: session, source: 'startup', model: 'm', cwd };
  const headers = { 'x-tmux': '/tmp/tmux/default,1,0', 'x-tmux-pane': pane };
  await served.hook('session-start', payload, headers);
}

async function prompts(agent: string): Promise<PromptView[]> {
  const run = await home.run('prompts', agent, '--json');
  return (JSON.parse(run.stdout) as { prompts: PromptView[] }).prompts;
}

describe('headspace send', () => {
  it('gives a prompt to an agent named by its project, once per key', async () => {
    const first = await home.run('send', 'shop', 'run', 'the tests', '--key', 'k1');
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toMatch(/^prompt \d+ queued, next to shop \w+\n$/);
    const again = await home.run('send', 'shop', 'run the tests', '--key', 'k1', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ text: 'run the tests', place: 1 });
    expect(await prompts('shop')).toHaveLength(1);
    const other = await home.run('send', 'shop', 'something else', '--key', 'k1');
    expect(other.code).toBe(1);
    expect(other.stderr).toMatch(/^headspace: The server answered 409: .*\n {2}Make a new key/);
  });

  it('reads the text from the input', async () => {
    const bin = fileURLToPath(new URL('../../bin/headspace.mjs', import.meta.url));
    const child = spawn(process.execPath, [bin, 'send', 's1', '-', '--json'], { env: home.env });
    child.stdin.end('a "quoted" line\n\tand more 👩‍👩‍👧\n');
    const sent = JSON.parse(await text(child.stdout)) as PromptView;
    expect(sent.text).toBe('a "quoted" line\n    and more 👩‍👩‍👧');
  });

  it('sends a command only where one is meant', async () => {
    const plain = await home.run('send', 's1', '/compact', '--json');
    const meant = await home.run('send', 's1', '--command', '/compact', '--json');
    expect([plain, meant].map(({ stdout }) => (JSON.parse(stdout) as PromptView).text)).toEqual([
      ' /compact',
      '/compact',
    ]);
    const exit = await home.run('send', 's1', 'exit');
    expect(exit.stderr).toContain('would end the session');
  });

  it('says which agents a name fits, and that none fits', async () => {
    const two = await home.run('send', 'tools', 'hello');
    expect(two.code).toBe(2);
    expect(two.stderr).toMatch(/"tools" fits 2 agents: 2 \(tools \w+\), 3 \(tools \w+\)/);
    expect((await home.run('send', 'nobody', 'hello')).stderr).toMatch(
      /There is no agent "nobody"/,
    );
    expect((await home.run('send', '3', 'hello')).code).toBe(0);
  });

  it('waits, and fails where the prompt is taken back meanwhile', async () => {
    const args = ['send', 's2', 'later', '--wait', '--json'];
    const waiting = home.run(...args);
    const [given] = await untilSome(() => prompts('s2'));
    const cancel = await home.run('cancel', 's2', String(given?.id));
    expect(cancel).toMatchObject({ code: 0, stdout: `prompt ${given?.id} cancelled\n` });
    const run = await waiting;
    expect(run.code).toBe(1);
    expect(JSON.parse(run.stdout)).toMatchObject({ id: given?.id, state: 'cancelled' });
  });

  it('waits no longer than told, and says how to take it back', async () => {
    const run = await home.run('send', 's2', 'later still', '--wait', '--timeout', '0.2');
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/queued, next.*\nheadspace: not arrived after 0.2 s; it stays in/);
    expect((await home.run('send', 's2', 'x', '--timeout', '0')).code).toBe(2);
  });
});

async function untilSome<T>(look: () => Promise<T[]>): Promise<T[]> {
  for (;;) {
    const found = await look();
    if (found.length > 0) return found;
  }
}

describe('headspace prompts and cancel', () => {
  it('show the queue in words', async () => {
    const run = await home.run('prompts', 's3');
    expect(run.stdout.split('\n')[0]).toMatch(/^PROMPT +STATE +GIVEN +TEXT/);
    expect(run.stdout).toMatch(/queued 1 +\S+ ago +(\(its tmux server is gone\) )?hello/);
  });

  it('refuse what is no prompt', async () => {
    expect((await home.run('cancel', 's3', 'x')).code).toBe(2);
    expect((await home.run('cancel', 's3', '999')).stderr).toContain('has no prompt 999');
  });
});

describe('headspace handoff', () => {
  it('asks for one, once per key; shows it; and gives it up', async () => {
    expect((await home.run('handoffs')).stdout).toBe('No agent has handed over.\n');
    const asked = await home.run('handoff', 'shop', '--note', 'mind the gap', '--key', 'h1');
    expect(asked).toMatchObject({ code: 0, stderr: '' });
    expect(asked.stdout).toMatch(/^handoff 1 of shop \w+ is requested\n$/);
    const again = await home.run(
      'handoff',
      'shop',
      '--note',
      'mind the gap',
      '--key',
      'h1',
      '--json',
    );
    expect(JSON.parse(again.stdout)).toMatchObject({ id: 1, note: 'mind the gap' });
    const other = await home.run('handoff', 'shop');
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('Handoff 1 of agent 1 is open.');
    expect((await home.run('handoffs', 'shop')).stdout).toMatch(
      /HANDOFF +FROM +TO +STATE +EXAM +ASKED +WHY\n1 +1 +- +requested +- /,
    );
    expect((await home.run('handoffs', '--resume', '1')).stderr).toContain('cannot be resumed');
    expect((await home.run('handoffs', '--abandon', '1')).stdout).toBe('handoff 1 is abandoned\n');
    expect((await home.run('handoffs', '--abandon', 'x')).code).toBe(2);
    expect((await home.run('handoffs', '--abandon', '1', '--resume', '1')).code).toBe(2);
  });
});
