import { describe, expect, test } from 'vitest';
import { Chain, T0 } from '../testing/chain.ts';
import type { TranscriptPicture } from '../transcript-picture.ts';

const prompt = (id: string | null, text: string | null = 'words'): TranscriptPicture['prompt'] => ({
  id,
  text,
  at: T0,
});
const over = { attention: 'your_turn', state: 'complete', ended: false };

/** At work on the prompt p1 since 100 ms, as hooks told. */
function busy(): Chain {
  const chain = new Chain();
  chain.hook('SessionStart', { source: 'startup', model: 'm' }, 0);
  chain.hook('UserPromptSubmit', { prompt: 'go', prompt_id: 'p1' }, 50);
  chain.hook('PreToolUse', { tool_name: 'Bash', tool_use_id: 't1', prompt_id: 'p1' }, 100);
  return chain;
}

describe('where hooks were missed', () => {
  test('a turn that ended has ended', () => {
    const chain = busy();
    chain.transcript({ turn: 'finished', prompt: prompt('p1') }, 500);
    expect(chain.shown).toEqual(over);
    expect(chain.agent.command?.outcome).toBe('finished');
    expect(chain.agent.activity.shown.evidence[0]).toMatchObject({
      source: 'transcript',
      at: T0 + 500,
    });
  });

  test('an interrupt is one, after the session file had its say', () => {
    const chain = busy();
    chain.transcript({ turn: 'interrupted', prompt: prompt('p1') }, 500, 1_499);
    expect(chain.shown.attention).toBe('working');
    chain.transcript({ turn: 'interrupted', prompt: prompt('p1') }, 500, 1_500);
    expect(chain.shown).toEqual(over);
    expect(chain.agent.activity.shown.reason).toBe('the turn was interrupted');
  });

  test('an interrupt of a turn of which nobody heard', () => {
    const chain = busy();
    chain.transcript({ turn: 'interrupted', prompt: prompt('p2', 'more') }, 500);
    expect(chain.shown).toEqual(over);
    expect(chain.agent.command).toMatchObject({ prompt: 'more', outcome: 'interrupted' });
  });

  test('an error shows with its name', () => {
    const chain = busy();
    const failure = { error: 'rate_limit', message: 'slow down' };
    chain.transcript({ turn: 'failed', prompt: prompt('p1'), failure }, 500);
    expect(chain.shown.attention).toBe('limit');
    expect(chain.agent.command?.outcome).toBe('failed: rate_limit');
  });

  test('a prompt of which nobody heard opens its command', () => {
    const chain = busy();
    chain.transcript({ turn: 'running', prompt: prompt('p2', 'the next'), at: T0 + 500 }, 500);
    expect(chain.shown).toEqual({ attention: 'working', state: 'processing', ended: false });
    expect(chain.agent.command).toMatchObject({ prompt: 'the next', promptId: 'p2' });
  });

  test('many turns at once: the last one counts, the others are over', () => {
    const chain = busy();
    const pastPromptIds = ['p1', 'p2', 'p3'];
    chain.transcript({ turn: 'finished', prompt: prompt('p4', 'the last'), pastPromptIds }, 500);
    expect(chain.shown).toEqual(over);
    expect(chain.agent.command).toMatchObject({ prompt: 'the last', outcome: 'finished' });
    // Their hooks come late, out of a spool.
    chain.hook('UserPromptSubmit', { prompt: 'old', prompt_id: 'p3' }, 300);
    chain.hook('Stop', { prompt_id: 'p3', last_assistant_message: 'old' }, 310);
    expect(chain.shown).toEqual(over);
    expect(chain.agent.command?.prompt).toBe('the last');
  });

  test('a turn that a notification began is no command of a person', () => {
    const chain = busy();
    chain.hook('Stop', { prompt_id: 'p1' }, 200);
    chain.transcript({ turn: 'running', prompt: prompt('p2', null) }, 500);
    expect(chain.shown.attention).toBe('working');
    expect(chain.agent.command?.prompt).toBeNull();
  });

  test('without prompt_ids (older versions) nothing is made up', () => {
    const chain = busy();
    chain.transcript({ turn: 'finished', prompt: prompt(null) }, 500);
    expect(chain.shown).toEqual(over);
    expect(chain.agent.command?.prompt).toBe('go');
  });

  test('the end of a doubt', () => {
    const chain = busy();
    chain.agent.activity.doubt = 'no sign of it for long';
    chain.transcript({ turn: 'running', prompt: prompt('p1') }, 500);
    expect(chain.agent.activity.doubt).toBeNull();
  });

  test('the same picture again changes nothing', () => {
    for (const turn of ['finished', 'interrupted', 'running', 'failed'] as const) {
      const chain = busy();
      const failure = turn === 'failed' ? { error: 'unknown', message: 'm' } : null;
      const picture = { turn, prompt: prompt('p2'), failure };
      chain.transcript(picture, 500);
      const books = chain.books();
      const { length } = chain.ledger.transitions;
      chain.transcript(picture, 500);
      expect(chain.books()).toBe(books);
      expect(chain.ledger.transitions).toHaveLength(length);
    }
  });
});

describe('what it does not overrule', () => {
  test.each(['finished', 'interrupted', 'failed'] as const)('a newer hook: %s', (turn) => {
    const chain = busy();
    expect(chain.transcript({ turn, prompt: prompt('p1') }, 100)).toBe(
      'older than the last hook: history only',
    );
    expect(chain.shown.attention).toBe('working');
  });

  test('the hook of the same moment, which may still come', () => {
    const chain = busy();
    const picture = { turn: 'finished' as const, prompt: prompt('p1') };
    expect(chain.transcript(picture, 500, 2_999)).toBe(
      'waits for a better witness of the same moment',
    );
    expect(chain.shown.attention).toBe('working');
    chain.transcript(picture, 500, 3_000);
    expect(chain.shown).toEqual(over);
  });

  test('an end', () => {
    const chain = busy();
    chain.hook('SessionEnd', { reason: 'other' }, 200);
    chain.transcript({ turn: 'running', prompt: prompt('p2') }, 500);
    expect(chain.shown.ended).toBe(true);
  });

  test.each([
    ['running', 'idle'],
    ['running', 'shell'],
    ['finished', 'busy'],
    ['failed', 'waiting'],
  ] as const)('the session file: %s against %s', (turn, status) => {
    const chain = busy();
    chain.sessionFile(status, 400);
    const before = chain.shown;
    chain.transcript({ turn, prompt: prompt('p2') }, 500);
    expect(chain.shown).toEqual(before);
  });

  test('an interrupt is older than the busy that follows it', () => {
    const chain = busy();
    chain.sessionFile('busy', 600);
    chain.transcript({ turn: 'interrupted', prompt: prompt('p1') }, 500);
    expect(chain.shown.attention).toBe('working');
  });

  test('nor does a clock that is far ahead', () => {
    const chain = busy();
    chain.transcript({ turn: 'finished', prompt: prompt('p1') }, 500, -60_000);
    expect(chain.shown.attention).toBe('working');
  });

  test('the dialog of a subagent that outlives the turn', () => {
    const chain = busy();
    chain.hook('SubagentStart', { agent_id: 'a', agent_type: 'Explore', prompt_id: 'p1' }, 110);
    const call = { tool_name: 'Bash', tool_input: { command: 'ls' }, agent_id: 'a' };
    chain.hook('PermissionRequest', { ...call, agent_type: 'Explore', prompt_id: 'p1' }, 120);
    chain.transcript({ turn: 'finished', prompt: prompt('p1') }, 500);
    expect(chain.shown.attention).toBe('needs_you');
  });
});

test('a turn that ended while no server looked was not interrupted', () => {
  const chain = busy();
  // After its start the server sees only that the session is idle.
  chain.sessionFile('idle', 520);
  expect(chain.agent.command?.outcome).toBe('interrupted');
  chain.transcript({ turn: 'finished', prompt: prompt('p1') }, 500);
  expect(chain.agent.command?.outcome).toBe('finished');
  expect(chain.agent.activity.shown.reason).toBe('the turn is finished');
});

test('the next hook goes on from there', () => {
  const chain = busy();
  chain.transcript({ turn: 'finished', prompt: prompt('p2') }, 500);
  chain.hook('Stop', { prompt_id: 'p2', last_assistant_message: 'late' }, 510);
  expect(chain.shown).toEqual(over);
  chain.hook('UserPromptSubmit', { prompt: 'more', prompt_id: 'p3' }, 900);
  expect(chain.shown.attention).toBe('working');
  expect(chain.agent.command?.prompt).toBe('more');
});

test('context: the newest counts, and /clear empties it', () => {
  const chain = busy();
  const at = (ms: number, usedTokens: number) => ({ context: { usedTokens, at: T0 + ms } });
  chain.transcript({ ...at(300, 30) }, 300);
  chain.transcript({ ...at(200, 20) }, 200);
  expect(chain.agent.activity.context).toMatchObject({ usedTokens: 30, at: T0 + 300 });
  chain.hook('SessionStart', { source: 'clear', session_id: 's2' }, 400);
  expect(chain.agent.activity.context).toMatchObject({ usedTokens: null, at: T0 + 400 });
});
