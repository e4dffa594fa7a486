import * as asyncHooks from 'node:async_hooks';
import { describe, expect, it } from 'vitest';
import { gate, lockFixture, until } from '../../test-support/fixture.ts';

const { create, pgLocks } = lockFixture();

describe('locks.web', () => {
  it('grants, gives back what the callback gives, and releases', async () => {
    const { web } = create();
    const value = await web.request('resource', (lock) => {
      expect(lock).toMatchObject({ name: 'resource', mode: 'exclusive' });
      lock?.held.assertHeld();
      return 5;
    });
    expect(value).toBe(5);
    const mistake = new Error('callback failed');
    const failing = web.request('resource', {}, () => Promise.reject(mistake));
    await expect(failing).rejects.toBe(mistake);
    expect(await pgLocks()).toEqual([]);
  });

  it('knows shared and ifAvailable, across processes', async () => {
    const [a, b] = [create(), create()];
    await a.web.request('r', { mode: 'shared' }, async () => {
      const shared = { mode: 'shared', ifAvailable: true } as const;
      expect(await b.web.request('r', shared, (lock) => lock?.mode ?? null)).toBe('shared');
      expect(await b.web.request('r', { ifAvailable: true }, (lock) => lock)).toBeNull();
    });
  });

  it('rejects with the reason of the signal, before and during the wait', async () => {
    const { web } = create();
    const reason = new Error('enough');
    const before = web.request('s', { signal: AbortSignal.abort(reason) }, () => 1);
    await expect(before).rejects.toBe(reason);
    await web.request('s', async () => {
      const controller = new AbortController();
      const { signal } = controller;
      // A context of its own: inside of the section it would be re-entry.
      const waiting = outside(() => web.request('s', { signal }, () => 1));
      controller.abort(reason);
      await expect(waiting).rejects.toBe(reason);
    });
  });

  it('refuses what does not go together', async () => {
    const { web } = create();
    const { signal } = new AbortController();
    for (const options of [{ steal: true }, { ifAvailable: true, signal }])
      await expect(web.request('t', options, () => 1)).rejects.toMatchObject({
        name: 'NotSupportedError',
      });
    await expect(web.request('-t', () => 1)).rejects.toMatchObject({ name: 'NotSupportedError' });
  });

  it('lists who holds and who waits', async () => {
    const [a, b] = [create(), create()];
    const inside = gate();
    const holding = a.web.request('listed', () => inside.opened);
    await until('held', async () => (await pgLocks()).length === 1);
    const waiting = a.web.request('listed', { mode: 'shared' }, () => 1);
    await until('waits', () => a.localState().waiting.length === 1);
    const { held, pending } = await a.web.query();
    expect(held).toMatchObject([{ name: 'listed', mode: 'exclusive' }]);
    expect(pending).toMatchObject([{ name: 'listed', mode: 'shared' }]);
    // Another process sees the key; the name it learns when it uses it.
    const key = `key ${b.keyFor('other').key}`;
    const seen = (await b.web.query()).held[0]?.name;
    expect(seen).toMatch(/^key -?\d+$/);
    expect(seen).not.toBe(key);
    b.keyFor('listed');
    expect((await b.web.query()).held).toMatchObject([{ name: 'listed' }]);
    inside.open();
    await Promise.all([holding, waiting]);
  });
});

/** Run where no section is around us. */
const outside = (() => {
  const { AsyncResource } = asyncHooks;
  const resource = new AsyncResource('outside');
  return <T>(run: () => T): T => resource.runInAsyncScope(run);
})();
