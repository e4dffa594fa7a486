import { describe, expect, test } from 'vitest';
import { Chain } from '../testing/chain.ts';

const working = { attention: 'working', state: 'processing', ended: false };
const asks = { attention: 'needs_you', state: 'awaiting_input', ended: false };
const yourTurn = { attention: 'your_turn', state: 'complete', ended: false };

const call = (id: string, command = 'ls', more: object = {}) => ({
  tool_name: 'Bash',
  tool_input: { command },
  tool_use_id: id,
  prompt_id: 'p1',
  ...more,
});
const asked = (command = 'ls', more: object = {}) => ({
  tool_name: 'Bash',
  tool_input: { command },
  prompt_id: 'p1',
  ...more,
});

function prompted(): Chain {
  const chain = new Chain();
  chain.hook('SessionStart', { source: 'startup', model: 'm' });
  chain.hook('UserPromptSubmit', { prompt: 'go', prompt_id: 'p1' });
  return chain;
}

describe('tool calls', () => {
  test('a PreToolUse that comes after its own end does not reopen the tool', () => {
    const chain = prompted();
    chain.hook('PreToolUse', call('t1'));
    chain.hook('PostToolUse', call('t1'));
    expect(chain.hook('PreToolUse', call('t1'))).toBe('the tool has already ended');
    chain.hook('Stop', { prompt_id: 'p1' });
    chain.hook('PreToolUse', call('t1'));
    expect(chain.shown).toEqual(yourTurn);
  });

  test('the end of a tool overtakes its start', () => {
    const chain = prompted();
    chain.hook('PostToolUse', call('t1'));
    chain.hook('PreToolUse', call('t1'));
    expect(chain.agent.activity.tools).toEqual({});
    expect(chain.shown).toEqual(working);
  });

  test('the end of a tool after the Stop of its turn starts nothing', () => {
    const chain = prompted();
    chain.hook('PreToolUse', call('t1'));
    chain.hook('Stop', { prompt_id: 'p1' });
    for (const late of ['PostToolUse', 'PostToolUseFailure'] as const) {
      expect(chain.hook(late, call('t1'))).toContain('already over');
    }
    chain.hook('PostToolBatch', { tool_calls: [{ tool_use_id: 't1' }], prompt_id: 'p1' });
    expect(chain.shown).toEqual(yourTurn);
    expect(chain.ledger.commands.size).toBe(1);
  });

  test('a tool of an earlier turn is none of the present one', () => {
    const chain = prompted();
    chain.hook('UserPromptSubmit', { prompt: 'next', prompt_id: 'p2' });
    expect(chain.hook('PreToolUse', call('t9'))).toBe('tool of an earlier turn');
    expect(chain.hook('PostToolUse', call('t9'))).toContain('already over');
    expect(chain.agent.activity.promptId).toBe('p2');
    expect(chain.ledger.commands.size).toBe(2);
  });

  test('work that is seen without its prompt opens a command without words', () => {
    const chain = new Chain();
    chain.hook('PreToolUse', call('t1'));
    expect(chain.shown).toEqual(working);
    expect(chain.agent.command).toMatchObject({ prompt: null, promptId: 'p1' });
  });
});

describe('permission dialogs', () => {
  test('stay open while another tool ends', () => {
    const chain = prompted();
    chain.hook('PreToolUse', call('t1', 'make'));
    chain.hook('PreToolUse', call('t2', 'rm x'));
    chain.hook('PermissionRequest', asked('rm x'));
    expect(chain.shown).toEqual(asks);
    chain.hook('PostToolUse', call('t1', 'make'));
    expect(chain.shown).toEqual(asks);
    chain.hook('PostToolUse', call('t2', 'rm x'));
    expect(chain.shown).toEqual(working);
  });

  test('belong to the latest open call of the same tool and input', () => {
    const chain = prompted();
    chain.hook('PreToolUse', call('t1'));
    chain.hook('PreToolUse', call('t2'));
    chain.hook('PermissionRequest', asked());
    chain.hook('PostToolUse', call('t1'));
    expect(chain.shown).toEqual(asks);
    chain.hook('PostToolUse', call('t2'));
    expect(chain.shown).toEqual(working);
  });

  test('announced before their call are paired when it comes', () => {
    const chain = prompted();
    chain.hook('PermissionRequest', asked());
    chain.hook('PreToolUse', call('t1'));
    expect(chain.shown).toEqual(asks);
    chain.hook('PostToolUse', call('t1'));
    expect(chain.shown).toEqual(working);
  });

  test('open once however often they are reported', () => {
    const chain = prompted();
    chain.hook('PreToolUse', call('t1'));
    chain.hook('PermissionRequest', asked());
    expect(chain.hook('PermissionRequest', asked())).toContain('seen before');
    expect(chain.agent.activity.dialogs).toHaveLength(1);
  });

  test('are closed by the step that lists their tool, also without an event of its own', () => {
    const chain = prompted();
    chain.hook('PreToolUse', call('t1'));
    chain.hook('PermissionRequest', asked());
    chain.hook('PostToolBatch', { tool_calls: [{ tool_use_id: 't1' }], prompt_id: 'p1' });
    expect(chain.shown).toEqual(working);
  });

  test('are closed by tool_use_id, for the input may have got answers', () => {
    const chain = prompted();
    const question = { tool_name: 'AskUserQuestion', tool_input: { questions: [] } };
    chain.hook('PreToolUse', { ...question, tool_use_id: 'q1', prompt_id: 'p1' });
    chain.hook('PermissionRequest', { ...question, prompt_id: 'p1' });
    expect(chain.agent.activity.dialogs[0]?.kind).toBe('question');
    chain.hook('PostToolUse', {
      tool_name: 'AskUserQuestion',
      tool_input: { questions: [], answers: { a: 'b' } },
      tool_use_id: 'q1',
      prompt_id: 'p1',
    });
    expect(chain.shown).toEqual(working);
  });

  test('of a subagent name it, and outlive the Stop while it runs', () => {
    const chain = prompted();
    const from = { agent_id: 'a1', agent_type: 'Explore' };
    chain.hook('SubagentStart', { ...from, prompt_id: 'p1' });
    chain.hook('PreToolUse', call('t1', 'ls', from));
    chain.hook('PermissionRequest', asked('ls', from));
    expect(chain.agent.activity.shown.reason).toBe(
      'Explore subagent asks for permission: Bash: ls',
    );
    const task = { id: 'a1', type: 'subagent', status: 'running' };
    chain.hook('Stop', { prompt_id: 'p1', background_tasks: [task] });
    expect(chain.shown.attention).toBe('needs_you');
    chain.hook('PostToolUse', call('t1', 'ls', from));
    expect(chain.shown.attention).toBe('working');
  });

  test('of a subagent go with it', () => {
    const chain = prompted();
    const from = { agent_id: 'a1', agent_type: 'Explore' };
    chain.hook('SubagentStart', { ...from, prompt_id: 'p1' });
    chain.hook('PermissionRequest', asked('ls', from));
    chain.hook('SubagentStop', { ...from, prompt_id: 'p1' });
    expect(chain.shown.attention).toBe('working');
  });
});

describe('the number of a dialog', () => {
  const numbers = (chain: Chain) =>
    chain.agent.activity.dialogs.map(({ hookEventId }) => hookEventId);

  test('is that of its first hook', () => {
    const chain = prompted();
    chain.hook('PermissionRequest', asked());
    chain.hook('PreToolUse', call('t1'));
    chain.hook('PermissionRequest', asked());
    expect(numbers(chain)).toEqual([3]);
  });

  test('is another one where the same is asked again after an answer', () => {
    const chain = prompted();
    chain.hook('PermissionRequest', asked());
    chain.agent.activity.claim = { fingerprint: 'f', hookEventId: 3, at: 0 };
    chain.hook('PermissionRequest', asked());
    expect(numbers(chain)).toEqual([4]);
    // And the answer to the first does not stand in the way of one to the second.
    expect(chain.agent.activity.claim).toBeNull();
  });

  test('a dialog that opens beside an answered one leaves the claim to that', () => {
    const chain = prompted();
    chain.hook('PermissionRequest', asked());
    chain.agent.activity.claim = { fingerprint: 'f', hookEventId: 3, at: 0 };
    chain.hook('PermissionRequest', asked('pwd'));
    expect(numbers(chain)).toEqual([3, 4]);
    expect(chain.agent.activity.claim).toMatchObject({ hookEventId: 3 });
  });
});

describe('forms of MCP servers', () => {
  test('prove that the tool was allowed, and wait until they are answered', () => {
    const chain = prompted();
    chain.hook('PreToolUse', call('t1'));
    chain.hook('PermissionRequest', asked());
    chain.hook('Elicitation', { mcp_server_name: 'shop', message: 'Size?', prompt_id: 'p1' });
    expect(chain.agent.activity.dialogs.map(({ kind }) => kind)).toEqual(['elicitation']);
    expect(chain.shown).toEqual(asks);
    chain.hook('ElicitationResult', { mcp_server_name: 'shop', action: 'cancel' });
    expect(chain.shown).toEqual(working);
  });
});

describe('bounds', () => {
  test('hundreds of calls and dialogs do not grow the row without end', () => {
    const chain = prompted();
    for (let n = 0; n < 300; n++) {
      chain.hook('PreToolUse', call(`t${n}`, `c${n}`));
      chain.hook('PermissionRequest', asked(`c${n}`));
      if (n % 2 === 0) chain.hook('PostToolUse', call(`t${n}`, `c${n}`));
    }
    const { tools, dialogs, closedTools } = chain.agent.activity;
    expect(Object.keys(tools).length).toBeLessThanOrEqual(256);
    expect(dialogs.length).toBeLessThanOrEqual(32);
    expect(closedTools.length).toBeLessThanOrEqual(128);
  });
});
