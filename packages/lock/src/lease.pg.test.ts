/** What only the lease ends: silent links, stopped processes, blocked event loops. */
import { describe, expect, it } from 'vitest';
import { expectCode, lockFixture, until } from '../test-support/fixture.ts';
import { startTaker } from '../test-support/processes.ts';
import { startBadLink } from '../test-support/bad-link.ts';
import { LockNamespace } from './index.ts';

const { AGENT } = LockNamespace;
const { create, pgLocks, url } = lockFixture();

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('the lease', () => {
  it('keeps an idle holder for many times its length, with one heartbeat per interval', async () => {
    const locks = create({ leaseMs: 600, heartbeatMs: 100, applicationName: 'idler' });
    const held = await locks.acquire(AGENT, 1);
    const end = performance.now() + 2_000;
    await until('time passes', () => {
      held.assertHeld();
      return performance.now() > end;
    });
    expect(await pgLocks()).toEqual(['1:1:2']);
    await held.release();
  });

  it('tells the holder before anyone else gets the key, when the link falls silent', async () => {
    const proxy = await startBadLink(url());
    const locks = create({ connectionString: proxy.url, leaseMs: 1_000, heartbeatMs: 100 });
    const held = await locks.acquire(AGENT, 2);
    let toldAt = 0;
    held.signal.addEventListener('abort', () => (toldAt = performance.now()));
    proxy.fallSilent();
    const next = await create({ recheckMs: 10 }).acquire(AGENT, 2);
    const grantedAt = performance.now();
    expect(toldAt).toBeGreaterThan(0);
    expect(toldAt).toBeLessThan(grantedAt);
    expect(next.token).toBeGreaterThan(held.token);
    await expectCode(held.release(), 'lost');
    await next.release();
    await proxy.close();
  });

  it('frees the key of a stopped process, which knows after it goes on', async () => {
    const taker = startTaker(url(), 3, { leaseMs: 600, heartbeatMs: 100 });
    await taker.says('held');
    taker.signal('SIGSTOP');
    const next = await create({ recheckMs: 20 }).acquire(AGENT, 3, { timeoutMs: 5_000 });
    expect(taker.said).not.toContain('lost');
    taker.signal('SIGCONT');
    await taker.says('lost');
    await next.release();
  });

  it('is right by the clock after a blocked event loop', async () => {
    const locks = create({ leaseMs: 500, heartbeatMs: 100 });
    const held = await locks.acquire(AGENT, 4);
    block(300);
    held.assertHeld();
    block(700);
    // Nothing was read from the socket since, and yet it is known.
    expect(() => held.assertHeld()).toThrow(expect.objectContaining({ code: 'lost' }));
    expect(held.remainingMs()).toBe(0);
    await until('the session is given up', () => held.signal.aborted);
    await (await locks.acquire(AGENT, 4)).release();
  });

  it('survives a blocked event loop shorter than the lease', async () => {
    const locks = create({ leaseMs: 2_000, heartbeatMs: 50 });
    const held = await locks.acquire(AGENT, 5);
    for (let n = 0; n < 4; n++) {
      block(900);
      await until('a heartbeat is answered', () => held.remainingMs() > 1_600);
    }
    held.assertHeld();
    await held.release();
  });
});
