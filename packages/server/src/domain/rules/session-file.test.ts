import { describe, expect, test } from 'vitest';
import { Chain } from '../testing/chain.ts';

const call = { tool_name: 'Bash', tool_input: { command: 'ls' }, prompt_id: 'p1' };
const interrupted = { attention: 'your_turn', state: 'complete', ended: false };

/** At work on a tool since 100 ms. */
function busy(): Chain {
  const chain = new Chain();
  chain.hook('SessionStart', { source: 'startup', model: 'm' }, 0);
  chain.hook('UserPromptSubmit', { prompt: 'go', prompt_id: 'p1' }, 50);
  chain.hook('PreToolUse', { ...call, tool_use_id: 't1' }, 100);
  return chain;
}

/** Waits for permission since 200 ms. */
function asking(): Chain {
  const chain = busy();
  chain.hook('PermissionRequest', call, 200);
  return chain;
}

describe('idle', () => {
  test('in the middle of a turn is an interrupt', () => {
    const chain = busy();
    chain.sessionFile('idle', 150);
    expect(chain.shown).toEqual(interrupted);
    expect(chain.agent.activity.shown.reason).toBe('the turn was interrupted');
    expect(chain.agent.activity.shown.evidence[0]).toMatchObject({ source: 'session_file' });
  });

  test('while a dialog is open is its denial', () => {
    const chain = asking();
    chain.sessionFile('idle', 300);
    expect(chain.shown).toEqual(interrupted);
  });

  test('from before the last hook is history', () => {
    const chain = busy();
    expect(chain.sessionFile('idle', 99)).toBe('older than the last hook');
    expect(chain.shown.attention).toBe('working');
  });

  test('after a Stop changes nothing', () => {
    const chain = busy();
    chain.hook('Stop', { prompt_id: 'p1' }, 200);
    const before = chain.ledger.transitions.length;
    chain.sessionFile('idle', 230);
    expect(chain.ledger.transitions).toHaveLength(before);
  });

  test('keeps the error that the turn ended with', () => {
    const chain = busy();
    chain.hook('StopFailure', { error: 'rate_limit', prompt_id: 'p1' }, 200);
    chain.sessionFile('idle', 230);
    expect(chain.shown.attention).toBe('limit');
  });

  test('ends with the next prompt', () => {
    const chain = busy();
    chain.sessionFile('idle', 150);
    chain.hook('UserPromptSubmit', { prompt: 'next', prompt_id: 'p2' }, 400);
    expect(chain.shown).toEqual({ attention: 'working', state: 'commanded', ended: false });
  });
});

test('idle after a Stop that left a background subagent is the end of both', () => {
  const chain = busy();
  const background_tasks = [{ id: 'a', type: 'subagent', status: 'running' }];
  chain.hook('Stop', { prompt_id: 'p1', background_tasks }, 200);
  expect(chain.shown).toEqual({ attention: 'working', state: 'processing', ended: false });
  chain.sessionFile('idle', 5_000);
  expect(chain.shown).toEqual(interrupted);
  expect(chain.agent.activity).toMatchObject({ turn: 'finished', tasks: [] });
  expect(chain.agent.command?.outcome).toBe('finished');
});

describe('waiting and busy', () => {
  test('a dialog that fired no hook shows', () => {
    const chain = busy();
    chain.sessionFile('waiting', 150, 'permission prompt');
    expect(chain.shown).toEqual({ attention: 'needs_you', state: 'awaiting_input', ended: false });
    expect(chain.agent.activity.shown.reason).toBe('waits for a person: permission prompt');
  });

  test('a menu that was opened at rest is no command', () => {
    const chain = new Chain();
    chain.hook('SessionStart', { source: 'startup', model: 'm' }, 0);
    chain.sessionFile('waiting', 50, 'dialog open');
    expect(chain.shown).toEqual({ attention: 'needs_you', state: 'idle', ended: false });
    chain.sessionFile('idle', 90);
    expect(chain.shown).toEqual({ attention: 'idle', state: 'idle', ended: false });
  });

  test('busy after waiting is the answer to the dialog', () => {
    const chain = asking();
    chain.sessionFile('waiting', 250, 'permission prompt');
    chain.sessionFile('busy', 300);
    expect(chain.shown).toEqual({ attention: 'working', state: 'processing', ended: false });
  });

  test('busy is the answer also where the file said waiting before the hook told its time', () => {
    const chain = busy();
    chain.sessionFile('waiting', 190, 'permission prompt');
    chain.hook('PermissionRequest', call, 200);
    chain.sessionFile('busy', 400);
    expect(chain.shown).toEqual({ attention: 'working', state: 'processing', ended: false });
  });

  test('busy that began after the dialog is its answer, also where no waiting was seen', () => {
    const chain = asking();
    chain.sessionFile('busy', 400);
    expect(chain.shown).toEqual({ attention: 'working', state: 'processing', ended: false });
  });

  test('busy closes no dialog that opened after it, and none of a form', () => {
    const chain = busy();
    chain.sessionFile('waiting', 120, 'permission prompt');
    chain.hook('PermissionRequest', call, 200);
    chain.sessionFile('busy', 190);
    expect(chain.shown.attention).toBe('needs_you');
    const form = busy();
    form.hook('Elicitation', { mcp_server_name: 'shop' }, 150);
    form.sessionFile('busy', 200);
    expect(form.shown.attention).toBe('needs_you');
  });

  test('busy at rest is work of which no hook told', () => {
    const chain = busy();
    chain.hook('Stop', { prompt_id: 'p1' }, 200);
    chain.sessionFile('busy', 300);
    expect(chain.shown.attention).toBe('working');
    chain.sessionFile('shell', 400);
    expect(chain.shown).toEqual(interrupted);
  });
});

test('an older look never replaces a newer one', () => {
  const chain = busy();
  chain.sessionFile('busy', 300);
  expect(chain.sessionFile('idle', 200)).toBe('older than what was already seen');
  expect(chain.shown.attention).toBe('working');
});

describe('hooks that come after the file has told of a later moment', () => {
  const reason = (chain: Chain) => chain.agent.activity.shown.reason;

  test('found idle, the turn is over, and its Stop tells how', () => {
    const chain = busy();
    chain.sessionFileFound('idle', 900);
    expect(chain.shown).toEqual(interrupted);
    expect(reason(chain)).toBe('the turn is over; how it ended was not seen');
    chain.hook('Stop', { prompt_id: 'p1', last_assistant_message: 'Done' }, 800);
    expect(chain.shown).toEqual(interrupted);
    expect(reason(chain)).toBe('the turn is finished');
    expect(chain.agent.command?.outcome).toBe('finished');
  });

  test('also where the file was faster than a Stop on its way', () => {
    const chain = busy();
    chain.sessionFile('idle', 900);
    chain.hook('StopFailure', { prompt_id: 'p1', error: 'rate_limit' }, 850);
    expect(chain.shown.attention).toBe('limit');
  });

  test('an end that another prompt has followed stays history', () => {
    const chain = busy();
    chain.sessionFile('idle', 900);
    chain.hook('UserPromptSubmit', { prompt: 'next', prompt_id: 'p2' }, 950);
    chain.hook('Stop', { prompt_id: 'p1' }, 960);
    expect(chain.shown.attention).toBe('working');
  });

  test('a prompt and its dialog start nothing that the file has seen the end of', () => {
    const chain = new Chain();
    chain.hook('SessionStart', { source: 'startup', model: 'm' }, 0);
    chain.sessionFileFound('idle', 900);
    chain.hook('UserPromptSubmit', { prompt: 'go', prompt_id: 'p1' }, 100);
    expect(chain.shown).toEqual(interrupted);
    expect(chain.agent.command).toMatchObject({ prompt: 'go', outcome: 'end not seen' });
    chain.hook('PreToolUse', { ...call, tool_use_id: 't1' }, 200);
    chain.hook('PermissionRequest', call, 300);
    expect(chain.shown).toEqual(interrupted);
    chain.hook('UserPromptSubmit', { prompt: 'next', prompt_id: 'p2' }, 950);
    expect(chain.shown.attention).toBe('working');
  });

  test('a dialog that was answered before is not open', () => {
    const chain = busy();
    chain.sessionFileFound('busy', 900);
    chain.hook('PermissionRequest', call, 200);
    expect(chain.shown).toEqual({ attention: 'working', state: 'processing', ended: false });
  });

  test('a dialog that is open now stays so', () => {
    const chain = busy();
    chain.sessionFile('waiting', 900, 'permission prompt');
    chain.hook('PostToolUse', { ...call, tool_use_id: 't1', tool_response: {} }, 500);
    expect(chain.shown).toEqual({ attention: 'needs_you', state: 'awaiting_input', ended: false });
  });
});
