/** `approve` against a real server. Decisions that press keys are in the server's own tests. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CliHome } from '../testing/cli.ts';
import { openServed, type Served } from '../testing/served.ts';

let served: Served;
let home: CliHome;

beforeAll(async () => {
  served = await openServed();
  home = served.home;
});
afterAll(async () => served[Symbol.asyncDispose]());

describe('headspace approve', () => {
  it('lists what agents wait for, and says what cannot be decided from here', async () => {
    expect(await home.run('approve')).toMatchObject({
      code: 0,
      stdout: 'No agent asks for an approval.\n',
    });
    await served.hook('session-start', { source: 'startup' });
    expect((await home.run('approve', 'shop')).stderr).toMatch(/asks for no approval/);
    await served.hook('permission-request', { tool_name: 'Bash', tool_input: { command: 'rm x' } });
    const listed = await home.run('approve');
    expect(listed.stdout).toMatch(
      /^APPROVAL +AGENT +WAITS +SCOPES +ASKS\n\d+ +shop \w+ +\S+ +- +Bash: rm x \(it runs outside tmux/,
    );
    const asJson = JSON.parse((await home.run('approve', '--json')).stdout) as {
      approvals: { id: number }[];
    };
    expect(asJson.approvals).toMatchObject([{ summary: 'Bash: rm x', decisions: [] }]);
    for (const name of ['shop', String(asJson.approvals[0]?.id)]) {
      const refused = await home.run('approve', name);
      expect(refused).toMatchObject({ code: 1 });
      expect(refused.stderr).toMatch(/no tmux pane[^]*inside tmux/);
    }
  });

  it('refuses what makes no sense before anything is asked of the server', async () => {
    for (const [words, says] of [
      [['1', '--reason', 'x'], /--reason goes with deny only/],
      [['1', '--deny', '--scope', 'once'], /--scope goes with allow only/],
      [['1', '--scope', 'forever'], /Allowed choices are once, session, always/],
      [['--deny'], /not said what is decided on/],
      [['--scope', 'session'], /not said what is decided on/],
    ] as const) {
      const refused = await home.run('approve', ...words);
      expect(refused).toMatchObject({ code: 2 });
      expect(refused.stderr).toMatch(says);
    }
  });
});
