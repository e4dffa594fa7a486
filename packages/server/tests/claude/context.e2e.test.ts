/** Context use of the real Claude Code, told by the status line that our command line installed. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installClaude, say, type Claude, type Usage } from '@headspace/testkit/claude';
import { waitUntil } from '@headspace/testkit/wait-until';
import { describe, expect, test } from 'vitest';
import { readScreen } from '../../src/domain/screen/index.ts';
import { openWorld, type ClaudeWorld } from '../testing/claude-world.ts';

const install = await installClaude();
const SLOW = { timeout: 120_000 };

/** An answer after which so many tokens are in the context. */
const filling = (text: string, tokens: number) => {
  const usage: Partial<Usage> = {
    input_tokens: 12,
    cache_creation_input_tokens: 800,
    cache_read_input_tokens: tokens - 812,
  };
  return say(text, usage);
};

/** Puts the user's own status line into the settings, and our installation beside it. */
async function withOwnLine({ claude, headspace }: ClaudeWorld, command: string): Promise<void> {
  await claude.writeSettings({
    // A window of 200,000: no mark in the model's name tells it, only the status line does.
    env: { CLAUDE_CODE_DISABLE_1M_CONTEXT: '1' },
    statusLine: { type: 'command', command, padding: 0 },
  });
  const installed = await headspace('hooks', 'install', '--yes');
  if (installed.code !== 0) throw new Error(installed.output);
}

/** Tokens of the last answer in the session's transcript. */
async function transcriptTokens({ home }: Claude, sessionId: string): Promise<number> {
  const projects = join(home, '.claude', 'projects');
  for (const folder of await readdir(projects)) {
    const path = join(projects, folder, `${sessionId}.jsonl`);
    const text = await readFile(path, 'utf8').catch(() => '');
    const usages = text.split('\n').flatMap((line) => {
      if (line === '') return [];
      const entry = JSON.parse(line) as { message?: { usage?: Usage } };
      return entry.message?.usage === undefined ? [] : [entry.message.usage];
    });
    const last = usages.at(-1);
    if (last !== undefined) {
      const { input_tokens: input, cache_creation_input_tokens: made } = last;
      return input + made + last.cache_read_input_tokens;
    }
  }
  throw new Error(`no answer in the transcript of ${sessionId}`);
}

describe.skipIf(!install.ok).concurrent('context use of the real Claude Code', SLOW, () => {
  test("beside the user's own status line: both work; compaction and /clear", async () => {
    await using world = await openWorld(install);
    const { model, claude, board } = world;
    model.on(/fill a little/, filling('A little.', 24_020));
    model.on(/fill more/, filling('More.', 124_020));
    model.on(/fill it up/, filling('Full.', 172_020));
    model.on(/after that/, filling('Small again.', 14_812));
    model.on(/anew/, filling('Anew.', 10_812));
    const tokens = `sed 's/.*"total_input_tokens":\\([0-9]*\\).*/OWN \\1 tokens/'`;
    await withOwnLine(world, `${tokens}; echo "pane $TMUX_PANE"`);
    const session = await claude.start();
    await session.waitForScreen(/OWN 0 tokens/);

    await session.prompt('Please fill a little');
    await session.waitForScreen(/OWN 24020 tokens/);
    await session.waitForScreen(new RegExp(`pane ${session.pane.id}`));
    const first = await board.when('12 %', ({ context }) => context?.percent === 12);
    expect(first.context).toMatchObject({ usedTokens: 24_020, windowTokens: 200_000 });
    expect(await transcriptTokens(claude, first.sessionId)).toBe(24_020);

    await session.prompt('Please fill more');
    await board.when('62 %', ({ context }) => context?.percent === 62);
    await session.prompt('Please fill it up');
    const full = await board.when('86 %', ({ context }) => context?.percent === 86);
    expect(full.context).toMatchObject({ usedTokens: 172_020, tier: 'critical' });
    expect(await transcriptTokens(claude, full.sessionId)).toBe(172_020);
    // The client's own count is against the window less 20,000.
    const screen = await session.waitForScreen(/96% context used/);
    expect(readScreen(screen).context).toMatchObject({ usedPercent: 96 });
    await claude.tmux.run('resize-window', '-t', session.pane.id, '-x', '80', '-y', '24');
    await waitUntil(async () => readScreen(await session.screen()).context?.usedPercent === 96, {
      what: 'the same on a narrow screen',
      timeoutMs: 30_000,
    });

    await session.prompt('/compact');
    await board.when('unknown after the compaction', ({ context }) => context === null);
    await session.prompt('Go on after that');
    const small = await board.when('7 %', ({ context }) => context?.percent === 7);
    expect(small.context).toMatchObject({ usedTokens: 14_812, tier: 'normal' });

    await session.prompt('/clear');
    await board.when('unknown after /clear', ({ context, sessionId }) => {
      return context === null && sessionId !== small.sessionId;
    });
    await session.prompt('Begin anew');
    const anew = await board.when('5 %', ({ context }) => context?.percent === 5);
    expect(anew.context).toMatchObject({ usedTokens: 10_812, windowTokens: 200_000 });
    expect(await transcriptTokens(claude, anew.sessionId)).toBe(10_812);
  });

  test('without a status line of the user: the screen has none either', async () => {
    await using world = await openWorld(install);
    const { model, claude, board, headspace } = world;
    model.on(/fill a little/, filling('A little.', 400_000));
    const session = await claude.start();
    await session.prompt('Please fill a little');
    const agent = await board.when('40 %', ({ context }) => context?.percent === 40);
    expect(agent.context).toMatchObject({ usedTokens: 400_000, windowTokens: 1_000_000 });
    const screen = await session.waitForScreen(/A little\./);
    const below = screen.slice(screen.lastIndexOf('❯')).split('\n').slice(2);
    expect(below.filter((line) => /headspace|not found|error/i.test(line))).toEqual([]);
    expect(below[0]).toMatch(/← for agents/);
    const listed = await headspace('agents');
    expect(listed.output).toMatch(/CTX.*\n.*40%/);
  });
});
