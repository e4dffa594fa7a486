import { describe, expect, test } from 'vitest';
import { deliveryMatch, giveUpUnproven } from '../delivery.ts';
import { Chain, T0 } from '../testing/chain.ts';

/** A chain whose prompt 7 was claimed at `ms`. */
function sending(text: string, ms = 100, chain = new Chain(), promptId = 7): Chain {
  chain.agent.activity.delivery = { promptId, match: deliveryMatch(text), at: T0 + ms };
  return chain;
}

const proofs = (chain: Chain) =>
  chain.ledger.promptChanges.map(({ id, to, acceptedBy }) => `${id} ${to} ${acceptedBy ?? ''}`);

const submit = (chain: Chain, prompt: string, ms: number, promptId = `p${ms}`) =>
  chain.hook('UserPromptSubmit', { prompt, prompt_id: promptId }, ms);

describe('a prompt in flight', () => {
  test('is accepted by the hook with its text, white space at the ends apart', () => {
    const chain = sending(' /looks like a command');
    submit(chain, '/looks like a command\n', 200);
    expect(proofs(chain)).toEqual(['7 accepted hook']);
    expect(chain.agent.activity.delivery).toBeNull();
  });

  test('is not accepted by what a person types beside it', () => {
    const chain = sending('run the tests');
    submit(chain, 'run the tests please', 200);
    expect(proofs(chain)).toEqual([]);
    expect(chain.agent.activity.delivery?.promptId).toBe(7);
  });

  test('is not accepted by the same words said before it was claimed', () => {
    const chain = sending('continue', 300);
    submit(chain, 'continue', 299);
    expect(proofs(chain)).toEqual([]);
  });

  test('is accepted once by the same event twice', () => {
    const chain = sending('continue');
    submit(chain, 'continue', 200, 'p');
    sending('continue', 100, chain, 8);
    submit(chain, 'continue', 200, 'p');
    expect(proofs(chain)).toEqual(['7 accepted hook']);
  });

  test('is accepted by a hook that another event of its turn overtook', () => {
    const chain = sending('read it');
    chain.hook('PreToolUse', { tool_name: 'Read', tool_use_id: 't', prompt_id: 'p' }, 200);
    submit(chain, 'read it', 201, 'p');
    expect(proofs(chain)).toEqual(['7 accepted hook']);
  });

  test('is accepted by a hook that comes too late for the state', () => {
    const chain = sending('hello');
    chain.latePrompt('hello', 200);
    expect(proofs(chain)).toEqual(['7 accepted hook']);
    expect(chain.agent.command).toBeNull();
  });

  test.each([
    ['enqueued', 'queue'],
    ['taken_in_turn', 'queue'],
    ['taken_after_turn', 'queue'],
    ['submitted', 'transcript'],
  ] as const)('is accepted by an entry that says %s', (kind, by) => {
    const chain = sending('hello');
    chain.signs([kind, 'hello', 200]);
    expect(proofs(chain)).toEqual([`7 accepted ${by}`]);
  });

  test('is not accepted by an entry of earlier, nor by one that was taken back', () => {
    const chain = sending('hello', 100);
    chain.signs(
      ['enqueued', 'hello', 50],
      ['submitted', 'hello', 99],
      ['taken_back', 'hello', 200],
    );
    expect(proofs(chain)).toEqual([]);
  });
});

describe('the same words twice', () => {
  test('the first waits in the client: its hook, later, is no proof of the second', () => {
    const chain = sending('continue', 100);
    chain.signs(['enqueued', 'continue', 150]);
    sending('continue', 200, chain, 8);
    submit(chain, 'continue', 300);
    expect(proofs(chain)).toEqual(['7 accepted queue']);
    chain.signs(['taken_after_turn', 'continue', 301]);
    expect(proofs(chain)).toEqual(['7 accepted queue']);
    submit(chain, 'continue', 400);
    expect(proofs(chain)).toEqual(['7 accepted queue', '8 accepted hook']);
  });

  test('three of them, entries read before the hooks came', () => {
    const chain = sending('continue', 100);
    chain.signs(['enqueued', 'continue', 150]);
    sending('continue', 200, chain, 8);
    chain.signs(['enqueued', 'continue', 250]);
    chain.signs(['taken_after_turn', 'continue', 300], ['taken_after_turn', 'continue', 301]);
    sending('continue', 310, chain, 9);
    submit(chain, 'continue', 302);
    submit(chain, 'continue', 303);
    expect(chain.agent.activity.delivery?.promptId).toBe(9);
    submit(chain, 'continue', 400);
    expect(proofs(chain)).toEqual(['7 accepted queue', '8 accepted queue', '9 accepted hook']);
    expect(chain.agent.activity.clientQueue).toBeUndefined();
  });

  test('taken in the middle of a turn: no hook is waited for', () => {
    const chain = sending('continue', 100);
    chain.signs(['enqueued', 'continue', 150], ['taken_in_turn', 'continue', 160]);
    sending('continue', 200, chain, 8);
    submit(chain, 'continue', 300);
    expect(proofs(chain)).toEqual(['7 accepted queue', '8 accepted hook']);
  });

  test('the hook of a message from long ago is not waited for', () => {
    const chain = new Chain();
    chain.signs(['enqueued', 'continue', 0], ['taken_after_turn', 'continue', 10]);
    sending('continue', 100_000, chain);
    submit(chain, 'continue', 100_100);
    expect(proofs(chain)).toEqual(['7 accepted hook']);
  });

  test('a new session has an empty queue', () => {
    const chain = new Chain();
    chain.signs(['enqueued', 'continue', 0]);
    chain.hook('SessionStart', { source: 'clear' }, 50);
    sending('continue', 100, chain);
    submit(chain, 'continue', 200);
    expect(proofs(chain)).toEqual(['7 accepted hook']);
  });
});

describe('a prompt that was given up without proof', () => {
  test('is accepted when the proof comes', () => {
    const chain = sending('hello');
    giveUpUnproven(chain.agent.activity);
    submit(chain, 'hello', 200);
    expect(chain.ledger.promptChanges).toMatchObject([{ id: 7, from: ['failed'], to: 'accepted' }]);
    expect(chain.agent.activity.unproven).toBeUndefined();
  });

  test('proof of another one with the same words, claimed since, is that one’s', () => {
    const chain = sending('hello', 100);
    giveUpUnproven(chain.agent.activity);
    sending('hello', 500, chain, 8);
    submit(chain, 'hello', 600);
    chain.latePrompt('hello', 200);
    expect(proofs(chain)).toEqual(['8 accepted hook', '7 accepted hook']);
  });

  test('only so many are remembered', () => {
    const chain = new Chain();
    for (let id = 1; id <= 20; id++) {
      sending(`text ${id}`, id, chain, id);
      giveUpUnproven(chain.agent.activity);
    }
    expect(chain.agent.activity.unproven).toHaveLength(8);
  });
});
