import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { anySignal } from './any-signal.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Of a source that nobody holds any more when it is read. */
async function abortedAfterwards(any: (signals: AbortSignal[]) => AbortSignal): Promise<boolean> {
  const signal = (() => {
    const source = new AbortController();
    const made = any([new AbortController().signal, source.signal]);
    source.abort(new Error('too late'));
    return made;
  })();
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  return signal.aborted;
}

test('an abort is seen although its source is gone', async () => {
  expect(await abortedAfterwards(anySignal)).toBe(true);
});

test('fires with the reason of the first', async () => {
  const [one, two] = [new AbortController(), new AbortController()];
  const signal = anySignal([one.signal, two.signal]);
  const fired = new Promise((resolve) => signal.addEventListener('abort', resolve));
  two.abort(new Error('stop'));
  await fired;
  one.abort(new Error('other'));
  expect(signal.reason).toEqual(new Error('stop'));
});
