import { setMaxListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { Mix } from './mix.ts';

const never = new AbortController().signal;
setMaxListeners(0, never);

/** True when the agent may go on now, seen after everything that is ready has run. */
async function mayGo(mix: Mix, agent: number): Promise<boolean> {
  let released = false;
  void mix.released(agent, never).then(() => (released = true));
  await new Promise(setImmediate);
  return released;
}

describe('the mix on the board', () => {
  test('the last one that needs a person stays until another one does', async () => {
    const mix = new Mix(12);
    mix.show(1, 'needs_you');
    mix.show(2, 'working');
    const released = mix.released(1, never);
    expect(await mayGo(mix, 1)).toBe(false);
    mix.show(2, 'needs_you');
    await released;
  });

  test('of two in one group only one goes', async () => {
    const mix = new Mix(12);
    mix.show(1, 'limit');
    mix.show(2, 'limit');
    expect(await mayGo(mix, 1)).toBe(true);
    expect(await mayGo(mix, 2)).toBe(false);
  });

  test('a small fleet keeps nothing: all would wait for each other', async () => {
    const mix = new Mix(5);
    mix.show(1, 'limit');
    expect(await mayGo(mix, 1)).toBe(true);
  });

  test('a stop releases everybody', async () => {
    const mix = new Mix(12);
    const stop = new AbortController();
    mix.show(1, 'ended');
    const released = mix.released(1, stop.signal);
    stop.abort();
    await released;
  });
});
