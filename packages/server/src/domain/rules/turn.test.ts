import { describe, expect, test } from 'vitest';
import { Chain } from '../testing/chain.ts';

const working = { attention: 'working', state: 'processing', ended: false };
const commanded = { attention: 'working', state: 'commanded', ended: false };
const yourTurn = { attention: 'your_turn', state: 'complete', ended: false };
const tool = { tool_name: 'Read', tool_input: {}, tool_use_id: 't1' };
const notification = '<task-notification>done</task-notification>';

function prompted(prompt = 'go'): Chain {
  const chain = new Chain();
  chain.hook('SessionStart', { source: 'startup', model: 'm' });
  chain.hook('UserPromptSubmit', { prompt, prompt_id: 'p1' });
  return chain;
}

const outcomes = (chain: Chain) =>
  [...chain.ledger.commands.values()].map(({ prompt, outcome }) => [prompt, outcome]);

describe('prompts', () => {
  test('one that was queued while working closes the command before it', () => {
    const chain = prompted('first');
    chain.hook('PreToolUse', { ...tool, prompt_id: 'p1' });
    chain.hook('UserPromptSubmit', { prompt: 'second', prompt_id: 'p2' });
    expect(chain.shown).toEqual(commanded);
    expect(outcomes(chain)).toEqual([
      ['first', 'superseded by a new prompt'],
      ['second', null],
    ]);
    expect(chain.agent.activity.tools).toEqual({});
  });

  test('of one turn count once, at once and long after', () => {
    const chain = prompted();
    const again = { prompt: 'go', prompt_id: 'p1' };
    expect(chain.hook('UserPromptSubmit', again)).toContain('seen before');
    chain.hook('Stop', { prompt_id: 'p1' });
    chain.hook('UserPromptSubmit', { prompt: 'more', prompt_id: 'p2' });
    expect(chain.hook('UserPromptSubmit', again)).toContain('seen before');
    expect(chain.agent.activity.promptId).toBe('p2');
    expect(chain.ledger.commands.size).toBe(2);
  });

  test('without a prompt_id each counts', () => {
    const chain = new Chain();
    chain.hook('UserPromptSubmit', { prompt: 'same' });
    chain.hook('Stop', {});
    chain.hook('UserPromptSubmit', { prompt: 'same' });
    expect(chain.ledger.commands.size).toBe(2);
    expect(new Set(chain.ledger.turns.map(({ key }) => key)).size).toBe(2);
  });

  test('one that its own tool call overtook still gives the command its words', () => {
    const chain = new Chain();
    chain.hook('SessionStart', { source: 'startup', model: 'm' });
    chain.hook('PreToolUse', { ...tool, prompt_id: 'p1' });
    chain.hook('UserPromptSubmit', { prompt: 'late words', prompt_id: 'p1' });
    expect(chain.shown).toEqual(working);
    expect(outcomes(chain)).toEqual([['late words', null]]);
  });

  test('a task notification goes on with the work and is no command of a person', () => {
    const chain = prompted();
    chain.hook('Stop', { prompt_id: 'p1' });
    chain.hook('UserPromptSubmit', { prompt: notification, prompt_id: 'p2' });
    expect(chain.shown).toEqual({ attention: 'working', state: 'complete', ended: false });
    expect(chain.ledger.commands.size).toBe(1);
    expect(chain.ledger.turns.at(-1)).toMatchObject({ actor: 'agent', kind: 'notification' });
  });
});

describe('Stop', () => {
  test('of an earlier turn leaves the present one going and keeps the answer', () => {
    const chain = prompted();
    chain.hook('UserPromptSubmit', { prompt: 'next', prompt_id: 'p2' });
    chain.hook('Stop', { prompt_id: 'p1', last_assistant_message: 'first answer' });
    expect(chain.shown).toEqual(commanded);
    expect(chain.ledger.turns.map(({ text }) => text)).toContain('first answer');
  });

  test('twice records the answer once', () => {
    const chain = prompted();
    const stop = { prompt_id: 'p1', last_assistant_message: 'done' };
    chain.hook('Stop', stop);
    chain.hook('Stop', stop);
    const answers = chain.ledger.turns.filter(({ kind }) => kind === 'message');
    expect(new Set(answers.map(({ key }) => key)).size).toBe(1);
    expect(chain.shown).toEqual(yourTurn);
  });

  test('that a Stop hook answered goes on under the same prompt_id, and both answers are kept', () => {
    const chain = prompted();
    chain.hook('Stop', { prompt_id: 'p1', last_assistant_message: 'one' });
    chain.hook('PreToolUse', { ...tool, prompt_id: 'p1' });
    expect(chain.shown).toEqual(working);
    chain.hook('Stop', { prompt_id: 'p1', last_assistant_message: 'two', stop_hook_active: true });
    expect(chain.shown).toEqual(yourTurn);
    const answers = chain.ledger.turns.filter(({ kind }) => kind === 'message');
    expect(new Set(answers.map(({ key }) => key)).size).toBe(2);
  });

  test('with shells running is the turn of the person, and says so', () => {
    const chain = prompted();
    const shell = { id: 's1', type: 'shell', status: 'running', description: 'npm run dev' };
    chain.hook('Stop', { prompt_id: 'p1', background_tasks: [shell] });
    expect(chain.shown).toEqual(yourTurn);
    expect(chain.agent.activity.shown.reason).toContain('1 background shell running');
  });

  test('with a subagent running is still work, until its notification turn is over', () => {
    const chain = prompted();
    const task = { id: 'a1', type: 'subagent', status: 'running' };
    chain.hook('Stop', { prompt_id: 'p1', background_tasks: [task] });
    expect(chain.shown).toEqual(working);
    chain.hook('SubagentStop', { agent_id: 'a1', agent_type: 'Explore' });
    expect(chain.shown.attention).toBe('working');
    chain.hook('UserPromptSubmit', { prompt: notification, prompt_id: 'p2' });
    chain.hook('Stop', { prompt_id: 'p2' });
    expect(chain.shown).toEqual(yourTurn);
    expect(chain.ledger.commands.size).toBe(1);
  });

  test('without any prompt before is a finished turn', () => {
    const chain = new Chain();
    chain.hook('SessionStart', { source: 'startup', model: 'm' });
    chain.hook('Stop', {});
    expect(chain.shown).toEqual(yourTurn);
  });
});

describe('StopFailure', () => {
  test.each([
    ['rate_limit', 'limit'],
    ['billing_error', 'limit'],
    ['server_error', 'needs_you'],
    ['authentication_failed', 'needs_you'],
    [undefined, 'needs_you'],
  ])('%s shows as %s', (error, attention) => {
    const chain = prompted();
    chain.hook('StopFailure', { error, prompt_id: 'p1' });
    expect(chain.shown).toEqual({ attention, state: 'complete', ended: false });
  });

  test('of a subagent does not end the turn', () => {
    const chain = prompted();
    chain.hook('StopFailure', { error: 'invalid_request', agent_id: 'x', prompt_id: 'p1' });
    expect(chain.shown.attention).toBe('working');
  });

  test('is cured by the next prompt', () => {
    const chain = prompted();
    chain.hook('StopFailure', { error: 'server_error', prompt_id: 'p1' });
    chain.hook('UserPromptSubmit', { prompt: 'again', prompt_id: 'p2' });
    expect(chain.shown).toEqual(commanded);
  });
});

describe('what says nothing about the state', () => {
  test.each([
    ['Notification', { notification_type: 'idle_prompt', message: 'waiting' }],
    ['Notification', { notification_type: 'permission_prompt', message: 'waiting' }],
    ['SubagentStop', { agent_id: 'x', agent_type: '' }],
    ['InstructionsLoaded', { load_reason: 'nested_traversal' }],
    ['MessageDisplay', {}],
    ['TaskCreated', {}],
    ['ConfigChange', {}],
    ['CwdChanged', {}],
  ] as const)('%s %o', (name, payload) => {
    for (const before of [prompted(), stopped()]) {
      const { shown } = before;
      before.hook(name, payload);
      expect(before.shown).toEqual(shown);
    }
  });

  function stopped(): Chain {
    const chain = prompted();
    chain.hook('Stop', { prompt_id: 'p1' });
    return chain;
  }
});
