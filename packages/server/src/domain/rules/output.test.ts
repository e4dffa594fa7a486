import { describe, expect, test } from 'vitest';
import { Chain, T0 } from '../testing/chain.ts';
import { emptyPicture, type TranscriptPicture } from '../transcript-picture.ts';
import { tellsEndOf } from './output.ts';

function prompted(): Chain {
  const chain = new Chain();
  chain.hook('UserPromptSubmit', { prompt: 'go', prompt_id: 'p1' });
  return chain;
}

const keys = (chain: Chain) => chain.ledger.jobs.map(({ key }) => key);

describe('a Stop', () => {
  test('with the text leaves nothing to wait for', () => {
    const chain = prompted();
    chain.hook('Stop', { prompt_id: 'p1', last_assistant_message: 'done' });
    expect(chain.agent.command).toMatchObject({ outcome: 'finished', output: 'known' });
    expect(chain.ledger.jobs).toEqual([]);
  });

  test.each([undefined, null, ''])('with %j for a text waits, keyed by its command', (text) => {
    const chain = prompted();
    chain.hook('Stop', { prompt_id: 'p1', last_assistant_message: text });
    expect(chain.shown).toMatchObject({ attention: 'your_turn', state: 'complete' });
    expect(chain.agent.command).toMatchObject({ outcome: 'finished', output: 'pending' });
    expect(keys(chain)).toEqual([`deferred-stop:${chain.agent.command?.id}`]);
  });

  test('while subagents work ends nothing, so nothing is waited for', () => {
    const chain = prompted();
    const task = { id: 'a1', type: 'subagent', status: 'running' };
    chain.hook('Stop', { prompt_id: 'p1', background_tasks: [task] });
    expect(chain.agent.command).toMatchObject({ state: 'processing', output: null });
    expect(chain.ledger.jobs).toEqual([]);
  });

  test('twice without a text waits once; with it the second time, it is known', () => {
    const chain = prompted();
    chain.hook('Stop', { prompt_id: 'p1' });
    chain.hook('Stop', { prompt_id: 'p1' });
    expect(keys(chain)).toHaveLength(1);
    chain.hook('Stop', { prompt_id: 'p1', last_assistant_message: 'done' });
    expect(chain.agent.command?.output).toBe('known');
    expect(chain.ledger.turns.map(({ text }) => text)).toEqual(['go', 'done']);
  });

  test('of a turn that another prompt has followed does not touch the new command', () => {
    const chain = prompted();
    chain.hook('UserPromptSubmit', { prompt: 'more', prompt_id: 'p2' });
    chain.hook('Stop', { prompt_id: 'p1' });
    expect(chain.agent.command).toMatchObject({ prompt: 'more', state: 'commanded', output: null });
    expect(chain.ledger.jobs).toEqual([]);
  });
});

test('an interrupted command announces no text', () => {
  const chain = prompted();
  chain.sessionFile('idle', 5_000);
  expect(chain.agent.command).toMatchObject({ outcome: 'interrupted', output: null });
});

describe('a transcript tells of the end of a command', () => {
  const command = { promptId: 'p1', startedAt: T0 + 100, completedAt: T0 + 200 };
  const picture = (more: Partial<TranscriptPicture>): TranscriptPicture => ({
    ...emptyPicture(),
    ...more,
  });
  const asked = (id: string | null) => ({ id, text: 'go', at: T0 });

  test.each([
    ['its turn is over', { turn: 'finished', prompt: asked('p1') }, true],
    ['its turn has failed', { turn: 'failed', prompt: asked('p1') }, true],
    ['its turn goes on', { turn: 'running', prompt: asked('p1') }, false],
    ['it is at the turn before', { turn: 'finished', prompt: asked('p0') }, false],
    ['it is past it', { turn: 'running', prompt: asked('p2'), pastPromptIds: ['p1'] }, true],
    ['it says nothing', {}, false],
  ] as const)('%s', (_, more, expected) => {
    const whole = picture({ ...more, at: T0 + 150 } as Partial<TranscriptPicture>);
    expect(tellsEndOf(whole, command)).toBe(expected);
  });

  test.each([
    ['an end that is older', 'finished', 50, false],
    ['an end that is newer', 'finished', 150, true],
    ['work before the Stop', 'running', 150, false],
    ['anything after the Stop', 'running', 250, true],
  ] as const)('without prompt_ids, by time: %s', (_, turn, ms, expected) => {
    const whole = picture({ turn, at: T0 + ms, prompt: asked(null) });
    expect(tellsEndOf(whole, { ...command, promptId: null })).toBe(expected);
  });
});
