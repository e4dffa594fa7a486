import { describe, expect, test } from 'vitest';
import { Chain } from '../testing/chain.ts';

const startup = { source: 'startup', model: 'm' };
const tool = { tool_name: 'Read', tool_input: {}, tool_use_id: 't1', prompt_id: 'p1' };

/** An agent in the middle of a tool call. */
function busy(): Chain {
  const chain = new Chain();
  chain.hook('SessionStart', startup);
  chain.hook('UserPromptSubmit', { prompt: 'go', prompt_id: 'p1' });
  chain.hook('PreToolUse', tool);
  return chain;
}

const outcome = (chain: Chain) => chain.agent.command?.outcome;

describe('SessionStart', () => {
  test('a second one of the same session changes nothing in the middle of its turn', () => {
    const chain = busy();
    expect(chain.hook('SessionStart', startup)).toContain('seen before');
    expect(chain.shown).toEqual({ attention: 'working', state: 'processing', ended: false });
  });

  test('resume of a session that was killed at work leaves no command open', () => {
    const chain = busy();
    chain.hook('SessionStart', { source: 'resume' });
    expect(chain.shown).toEqual({ attention: 'your_turn', state: 'complete', ended: false });
    expect(outcome(chain)).toBe('broken off before the resume');
  });

  test('clear begins anew', () => {
    const chain = busy();
    chain.hook('SessionEnd', { reason: 'clear' });
    chain.hook('SessionStart', { source: 'clear', session_id: 's2' });
    expect(chain.shown).toEqual({ attention: 'idle', state: 'idle', ended: false });
    expect([...chain.ledger.commands.values()].map((c) => c.outcome)).toEqual(['session ended']);
  });

  test('compact leaves the turn as it is', () => {
    const chain = busy();
    chain.hook('SessionStart', { source: 'compact' });
    expect(chain.shown).toEqual({ attention: 'working', state: 'processing', ended: false });
  });

  test('in a second terminal does not disturb the work in the first', () => {
    const chain = busy();
    chain.hook('SessionStart', { source: 'resume' }, 10, { otherProcessAlive: true });
    expect(chain.shown).toEqual({ attention: 'working', state: 'processing', ended: false });
    chain.hook('SessionEnd', { reason: 'other' }, 20, { otherProcessAlive: true });
    expect(chain.shown).toEqual({ attention: 'working', state: 'processing', ended: false });
  });

  test('of an agent that ended makes two steps of history: revived, then started', () => {
    const chain = busy();
    chain.hook('SessionEnd', { reason: 'other' }, 100);
    const before = chain.ledger.transitions.length;
    chain.hook('SessionStart', { source: 'resume' }, 200);
    expect(chain.shown).toEqual({ attention: 'your_turn', state: 'complete', ended: false });
    const added = chain.ledger.transitions.slice(before);
    expect(added[0]).toMatchObject({
      fromAttention: 'ended',
      evidence: [{ signal: 'SessionStart' }, {}, {}, {}],
    });
  });
});

describe('SessionEnd', () => {
  test('closes the open command', () => {
    const chain = busy();
    chain.hook('SessionEnd', { reason: 'prompt_input_exit' });
    expect(chain.shown).toEqual({ attention: 'ended', state: 'complete', ended: true });
    expect(outcome(chain)).toBe('session ended');
    expect(chain.agent.activity.shown.reason).toBe('session ended (prompt_input_exit)');
  });

  test('of a session that nothing was asked of leaves it idle and ended', () => {
    const chain = new Chain();
    chain.hook('SessionStart', startup);
    chain.hook('SessionEnd', { reason: 'other' });
    expect(chain.shown).toEqual({ attention: 'ended', state: 'idle', ended: true });
  });

  test('twice is once', () => {
    const chain = busy();
    chain.hook('SessionEnd', { reason: 'other' }, 100);
    chain.hook('SessionEnd', { reason: 'other' }, 200);
    expect(chain.agent.ending?.at).toBe(chain.agent.activity.shown.since);
    expect(chain.ledger.transitions.filter((t) => t.toAttention === 'ended')).toHaveLength(1);
  });

  test('takes the place of an inference and keeps its time', () => {
    const chain = busy();
    chain.processGone(50);
    const guessed = chain.agent.ending?.at;
    chain.hook('SessionEnd', { reason: 'other' }, 100);
    expect(chain.agent.ending).toEqual({
      at: guessed,
      reason: 'session ended (other)',
      by: 'hook',
    });
  });
});

describe('compaction', () => {
  test('is work, and then what was before', () => {
    const chain = busy();
    chain.hook('Stop', { prompt_id: 'p1' });
    chain.hook('PreCompact', { trigger: 'manual' });
    expect(chain.shown.attention).toBe('working');
    chain.hook('PostCompact', { trigger: 'manual' });
    expect(chain.shown).toEqual({ attention: 'your_turn', state: 'complete', ended: false });
  });
});
