/** Many prompts of all kinds into one real session, idle and busy, with dialogs in between. */
import { globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyResult, TerminalView } from '@headspace/contract';
import {
  bash,
  type Gate,
  installClaude,
  say,
  saySlowly,
  useTools,
} from '@headspace/testkit/claude';
import { waitUntil } from '@headspace/testkit/wait-until';
import { describe, expect, test } from 'vitest';
import { openWorld, type ClaudeWorld } from '../testing/claude-world.ts';
import { mixedPrompts, type MixedPrompt } from '../testing/mixed-prompts.ts';

const install = await installClaude();
/** `HEADSPACE_TEST_PROMPTS=200` for the whole proof. */
const COUNT = Number(process.env['HEADSPACE_TEST_PROMPTS'] ?? 50);
/** How long a long turn lasts. */
const LOOKS_PER_TURN = 5;
const SLOW = { timeout: 60_000 + COUNT * 5_000 };

describe.skipIf(!install.ok)('many prompts to the real Claude Code', SLOW, () => {
  test(`${COUNT} of them arrive once, in order, unchanged, and none in a dialog`, async () => {
    await using world = await openWorld(install);
    const { claude, board, desk } = world;
    const prompts = mixedPrompts(COUNT);
    const gates = script(world, prompts);
    await claude.start();
    const { id } = await board.when('a fresh agent', ({ attention }) => attention === 'idle');
    const sent: number[] = [];
    const answered = attend(world, id, gates, () => sent.length === COUNT);
    for (const { text, mark } of prompts) {
      // Not more than wait for one agent at most.
      if (sent.length >= 60) await desk.until(id, sent.at(-60) ?? 0, 'accepted', 'failed');
      sent.push((await desk.send(id, text, { key: mark })).id);
    }
    const done = [];
    for (const one of sent) done.push(await desk.until(id, one, 'accepted', 'failed'));
    answered.stop();
    const dialogs = await answered.answers;
    // Between two messages of the client's own queue the agent is at rest, too.
    await expect.poll(() => saidIn(claude.home).length).toBeGreaterThanOrEqual(COUNT);
    await board.when('the end', ({ attention }) => attention === 'your_turn');

    expect(done.filter(({ state }) => state !== 'accepted')).toEqual([]);
    // Each dialog was answered by the person's answer, and not by the Enter of a prompt before it.
    expect(dialogs.length).toBeGreaterThan(0);
    expect(dialogs.every(({ status }) => status === 200)).toBe(true);
    expect(toolResults(world)).toBe(dialogs.length);
    const said = saidIn(claude.home);
    const expected = prompts.map((prompt) =>
      prompt.inFile ? referenceTo(claude.home, prompt) : prompt.expected,
    );
    expect(said.map((text) => text.slice(0, 60))).toEqual(
      expected.map((text) => text.slice(0, 60)),
    );
    expect(said.filter((text, at) => text !== expected[at])).toEqual([]);
    const ways = Map.groupBy(done, ({ acceptedBy }) => acceptedBy);
    process.stdout.write(
      `${COUNT} prompts: ${done.filter(({ attempt }) => attempt > 1).length} in a second attempt, ${[...ways].map(([way, all]) => `${all.length} by ${way}`).join(', ')}; ${dialogs.length} dialogs\n`,
    );
  });
});

/** What the model does; the gates are of the prompts that keep it busy. */
function script({ model }: ClaudeWorld, prompts: readonly MixedPrompt[]): Gate[] {
  const gates: Gate[] = [];
  for (const { mark, effect } of prompts) {
    if (effect === 'dialog') {
      model.on(new RegExp(`push ${mark}`), useTools(bash(`git push ${mark}`)), say('Pushed.'));
    }
    if (effect === 'busy') {
      const gate = model.gate();
      model.on(new RegExp(`work ${mark}`), saySlowly('Let me see.', gate));
      gates.push(gate);
    }
  }
  return gates;
}

/**
 * A person who looks at the screen now and then and allows what is asked, once other prompts wait
 * for it. Turns that are long end some looks after they began.
 */
function attend(
  { desk }: ClaudeWorld,
  id: number,
  gates: readonly Gate[],
  allSent: () => boolean,
): { answers: Promise<{ status: number }[]>; stop: () => void } {
  let stopped = false;
  const answers: { status: number }[] = [];
  const looks = new Map<Gate, number>();
  for (const gate of gates) void gate.reached.then(() => looks.set(gate, 0));
  const look = async (): Promise<boolean> => {
    for (const [gate, count] of looks) {
      looks.set(gate, count + 1);
      if (count === LOOKS_PER_TURN) gate.open();
    }
    const { body } = await desk.call<TerminalView>('GET', `/api/agents/${id}/terminal`);
    const waits = (await desk.list(id)).some(({ state }) => state === 'queued');
    if (body.dialog !== null && (waits || allSent())) {
      const answer = { option: 1, expect: body.dialog.fingerprint };
      const { status } = await desk.call<KeyResult>('POST', `/api/agents/${id}/answer`, answer);
      answers.push({ status });
    }
    return stopped;
  };
  const options = { everyMs: 100, timeoutMs: SLOW.timeout, what: 'the end of the test' };
  const all = waitUntil(look, options).then(() => answers);
  // After a test that has failed nobody waits for it, and the server is gone.
  all.catch(() => undefined);
  return {
    answers: all,
    stop: () => {
      stopped = true;
    },
  };
}

/** Tools that ran or were denied, by the last request of the session. */
function toolResults({ model }: ClaudeWorld): number {
  const last = model.requests.findLast(({ kind }) => kind === 'turn');
  return (last?.body.messages ?? [])
    .flatMap(({ content }) => (typeof content === 'string' ? [] : content))
    .filter(({ type }) => type === 'tool_result').length;
}

/** What the person has said by the client's own transcript, in order, composed, without ends. */
function saidIn(home: string): string[] {
  const [file = ''] = globSync(join(home, '.claude/projects/*/*.jsonl'));
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .flatMap((line) => {
      const entry = JSON.parse(line) as {
        type: string;
        origin?: { kind: string };
        message?: { content: unknown };
        attachment?: { type: string; prompt?: unknown };
      };
      // Taken in after the turn before, or in the middle of it.
      const text =
        entry.attachment?.type === 'queued_command'
          ? entry.attachment.prompt
          : entry.type === 'user' && entry.origin?.kind === 'human'
            ? entry.message?.content
            : null;
      return typeof text === 'string' ? [text.normalize('NFC').trim()] : [];
    });
}

/** The reference to the file that holds this prompt; the file is right and nobody else's to read. */
function referenceTo(home: string, { mark, expected }: MixedPrompt): string {
  const folder = join(home, '.headspace', 'prompts');
  const path = readdirSync(folder)
    .map((name) => join(folder, name))
    .find((one) => readFileSync(one, 'utf8').startsWith(`${mark} `));
  if (path === undefined) throw new Error(`no file holds ${mark}`);
  expect(readFileSync(path, 'utf8') === expected, mark).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  return `Read the file ${path} and take its whole content as my message.`;
}
