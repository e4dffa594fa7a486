/** Proves the model stub: each kind of answer has the effect on the real CLI that its name says. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { waitUntil } from '../wait-until.ts';
import { installClaude } from './install.ts';
import {
  askUserQuestion,
  bash,
  exitPlanMode,
  fail,
  runAgent,
  say,
  useTools,
} from './model-steps.ts';
import { setUp } from './test-set-up.ts';

const install = await installClaude();

const events = [
  'SessionStart',
  'PreToolUse',
  'PermissionRequest',
  'PostToolUse',
  'PostToolBatch',
  'SubagentStart',
  'SubagentStop',
  'Stop',
  'StopFailure',
];

describe.skipIf(!install.ok)('the model stub moves the real CLI', () => {
  test('a question to the user, answered by a digit', async () => {
    await using resources = await setUp(install, { events });
    const { model, hooks, claude } = resources;
    const question = { question: 'Which one?', header: 'Pay', options: ['Stripe', 'Adyen'] };
    model.on(/ask me/, useTools(askUserQuestion(question)), say('Stripe it is.'));

    const session = await claude.start();
    await session.prompt('Please ask me');
    const asked = await hooks.next('PermissionRequest');
    expect(asked.payload['tool_name']).toBe('AskUserQuestion');
    await session.waitForStatus('waiting');
    await session.waitForScreen(/1\. Stripe/);
    await session.press('1');
    await hooks.next('PostToolUse');
    await hooks.next('Stop');
  });

  test('a plan, accepted', async () => {
    await using resources = await setUp(install, { events });
    const { model, hooks, claude } = resources;
    model.on(/make a plan/, useTools(exitPlanMode('1. Split the cart')), say('Planned.'));

    const session = await claude.start({ args: ['--permission-mode', 'plan'] });
    await session.prompt('Please make a plan');
    const asked = await hooks.next('PermissionRequest');
    expect(asked.payload['tool_name']).toBe('ExitPlanMode');
    await session.waitForScreen(/1\. Yes/);
    await session.press('1');
    await hooks.next('Stop');
  });

  test('two tools at once', async () => {
    await using resources = await setUp(install, { events });
    const { model, hooks, claude } = resources;
    model.on(/look around/, useTools(bash('ls'), bash('pwd')), say('Seen.'));
    const { stdout } = await claude.runPrint('Please look around');
    expect(stdout).toBe('Seen.\n');
    const batch = await hooks.next('PostToolBatch');
    expect(batch.payload['tool_calls']).toHaveLength(2);
    expect(hooks.received.filter(({ event }) => event === 'PreToolUse')).toHaveLength(2);
  });

  test('a subagent with a conversation of its own', async () => {
    await using resources = await setUp(install, { events });
    const { model, hooks, claude } = resources;
    model.on(
      /send a helper/,
      useTools(runAgent('Locate the cart code')),
      say('The helper is back.'),
    );
    model.on(/^Locate the cart code/, say('It is in src.'));
    const { stdout } = await claude.runPrint('Please send a helper');
    expect(stdout).toBe('The helper is back.\n');
    const start = await hooks.next('SubagentStart');
    const stop = await hooks.next('SubagentStop');
    expect(stop.payload['agent_id']).toBe(start.payload['agent_id']);
    expect(stop.payload['last_assistant_message']).toBe('It is in src.');
  });

  test('an API error that lasts ends the turn, one that passes does not', async () => {
    await using resources = await setUp(install, { events });
    const { model, hooks, claude } = resources;
    model.on(/locked out/, fail(401));
    model.on(/busy once/, fail(529, { times: 1 }), say('Back again.'));

    const session = await claude.start();
    await session.prompt('I am locked out');
    const failure = await hooks.next('StopFailure');
    expect(failure.payload['error']).toBe('authentication_failed');

    await session.prompt('Are you busy once?');
    const stop = await hooks.next('Stop');
    expect(stop.payload['last_assistant_message']).toBe('Back again.');
  });

  test('the size of the context, as the transcript tells it', async () => {
    await using resources = await setUp(install, { events });
    const { model, hooks, claude } = resources;
    model.on(/much to read/, say('Read.', { cache_read_input_tokens: 171_234 }));
    await claude.runPrint('There is much to read');
    const { payload } = await hooks.next('Stop');
    const folder = join(claude.home, '.claude/projects');
    const transcript = String(payload['transcript_path']);
    expect(transcript.startsWith(folder)).toBe(true);
    await waitUntil(async () => (await readFile(transcript, 'utf8')).includes('171234'));
  });
});
