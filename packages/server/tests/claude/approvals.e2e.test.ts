/** Approvals in the real Claude Code: the dialogs that it shows, and what the model hears of them. */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApprovalList, ApprovalResult, ApprovalView, Problem } from '@headspace/contract';
import {
  bash,
  exitPlanMode,
  installClaude,
  say,
  type ToolCall,
  useTools,
} from '@headspace/testkit/claude';
import { waitUntil } from '@headspace/testkit/wait-until';
import { describe, expect, test } from 'vitest';
import { type ClaudeWorld, openFallibleWorld, openWorld } from '../testing/claude-world.ts';

const install = await installClaude();
const SLOW = { timeout: 180_000 };

/** The approval of this summary, once it can be decided. */
async function pending({ desk }: ClaudeWorld, summary: RegExp): Promise<ApprovalView> {
  let seen: readonly ApprovalView[] = [];
  return waitUntil(
    async () => {
      seen = (await desk.call<ApprovalList>('GET', '/api/approvals')).body.approvals;
      return seen.find((one) => summary.test(one.summary) && one.decisions.length > 0);
    },
    { timeoutMs: 30_000, what: () => `an approval ${summary}; there are ${JSON.stringify(seen)}` },
  );
}

const decide = async ({ desk }: ClaudeWorld, id: number, body: object) =>
  desk.call<ApprovalResult & Problem>('POST', `/api/approvals/${id}`, body);

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const fileTool = (name: string, input: object): ToolCall => ({ name, input: { ...input } });

/** What the model has last been told. */
function told({ model }: ClaudeWorld): string {
  return JSON.stringify(model.requests.findLast(({ kind }) => kind === 'turn')?.body.messages);
}

describe.skipIf(!install.ok).concurrent('approvals in the real Claude Code', SLOW, () => {
  test('each id goes to its own dialog: allowed, denied, too late', async () => {
    await using world = await openWorld(install);
    const { model, claude, board, desk, headspace } = world;
    model.on(/steps/, useTools(bash('touch one')), useTools(bash('touch two')), say('Done.'));
    const session = await claude.start();
    await session.prompt('two steps');
    const first = await pending(world, /touch one/);
    expect(first).toMatchObject({ scopes: ['once', 'always'], takesReason: true });
    const listed = await headspace('approve');
    expect(listed.output).toMatch(new RegExp(`^${first.id} .*once, always .*touch one`, 'm'));
    expect(await decide(world, first.id, { decision: 'allow' })).toMatchObject({
      status: 200,
      body: { done: true, scope: 'once' },
    });
    const second = await pending(world, /touch two/);
    expect(second.id).not.toBe(first.id);
    // The first one's id, once more: it must not allow the second.
    expect(await decide(world, first.id, { decision: 'allow' })).toMatchObject({ status: 409 });
    expect(await pending(world, /touch two/)).toMatchObject({ id: second.id });
    const denied = await headspace('approve', String(second.id), '--deny');
    expect(denied).toMatchObject({ code: 0, output: `${second.id} was denied.\n` });
    await board.when('the end', ({ attention }) => attention === 'your_turn');
    expect(await exists(join(claude.projectFolder, 'one'))).toBe(true);
    expect(await exists(join(claude.projectFolder, 'two'))).toBe(false);
    const { body } = await desk.call<ApprovalList>('GET', '/api/approvals');
    expect(body.approvals).toEqual([]);
    const late = await headspace('approve', String(second.id));
    expect(late).toMatchObject({ code: 1 });
    expect(late.output).toMatch(/no longer open[^]*has another id/);
  });

  test('a denial says why, and the turn goes on', async () => {
    await using world = await openWorld(install);
    const { model, claude, board, headspace } = world;
    model.on(/push/, useTools(bash('git push origin main')), say('Then not.'));
    const session = await claude.start();
    await session.prompt('push it');
    const { agent } = await pending(world, /git push/);
    const reason = 'not on a Friday: take the branch "staging", and wait for 2 of us';
    const denied = await headspace('approve', agent.name, '--deny', '--reason', reason, '--json');
    expect(denied, denied.output).toMatchObject({ code: 0 });
    await session.waitForScreen(/Then not\./);
    expect(told(world)).toContain(JSON.stringify(reason).slice(1, -1));
    await board.when('the end', ({ attention }) => attention === 'your_turn');
  });

  test('files: each change is told from another of the same file; for the session', async () => {
    await using world = await openWorld(install);
    const { model, claude, board } = world;
    const file_path = join(claude.projectFolder, 'note.txt');
    const edit = (old_string: string, new_string: string) =>
      useTools(fileTool('Edit', { file_path, old_string, new_string }));
    const content = Array.from({ length: 90 }, (_, n) => `row ${n}`).join('\n');
    model.on(
      /write/,
      useTools(fileTool('Write', { file_path, content })),
      edit('row 7\n', 'row seven\n'),
      edit('row 8\n', 'row eight\n'),
      say('Done.'),
    );
    const session = await claude.start();
    await session.prompt('write a note');
    const written = await pending(world, /Write: .*note.txt/);
    expect(written.scopes).toEqual(['once', 'session']);
    expect(await decide(world, written.id, { decision: 'allow' })).toMatchObject({ status: 200 });
    const edited = await pending(world, /Edit: .*note.txt/);
    const scoped = { decision: 'allow', scope: 'session' };
    expect(await decide(world, edited.id, scoped)).toMatchObject({ status: 200 });
    // The second edit is not asked for any more.
    await session.waitForScreen(/Done\./);
    await board.when('the end', ({ attention }) => attention === 'your_turn');
  });

  test('a plan is approved', async () => {
    await using world = await openWorld(install);
    const { model, claude } = world;
    model.on(/plan/, useTools(exitPlanMode('# Refactor\n\n1. Split cart.js')), say('I begin.'));
    const session = await claude.start({ args: ['--permission-mode', 'plan'] });
    await session.prompt('plan it');
    const plan = await pending(world, /./);
    expect(plan).toMatchObject({ kind: 'plan', tool: 'ExitPlanMode' });
    const [scope] = plan.scopes;
    expect(await decide(world, plan.id, { decision: 'allow', scope })).toMatchObject({
      status: 200,
      body: { done: true },
    });
    await session.waitForScreen(/I begin\./);
  });

  test('an approval outlives kill -9 of the server, with its id', async () => {
    await using world = await openFallibleWorld(install);
    const { model, claude } = world;
    model.on(/steps/, useTools(bash('touch one')), useTools(bash('touch two')), say('Done.'));
    const session = await claude.start();
    await session.prompt('two steps');
    const before = await pending(world, /touch one/);
    await world.killServer();
    await world.restartServer();
    const after = await pending(world, /touch one/);
    expect(after).toEqual(before);
    expect(await decide(world, after.id, { decision: 'allow' })).toMatchObject({ status: 200 });
    await pending(world, /touch two/);
    await world.killServer();
    // Decided in the terminal while the server is down.
    await session.press('1');
    await session.waitForScreen(/Done\./);
    await world.restartServer();
    expect(await decide(world, before.id, { decision: 'allow' })).toMatchObject({ status: 409 });
    expect(await exists(join(claude.projectFolder, 'two'))).toBe(true);
  });
});
