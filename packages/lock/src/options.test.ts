import { describe, expect, it } from 'vitest';
import { createAdvisoryLocks, fenceSequenceSql } from './index.ts';
import { resolveSettings } from './options.ts';

const connectionString = 'postgres://localhost/none';

describe('options', () => {
  it('have defaults', () => {
    expect(resolveSettings({ connectionString })).toMatchObject({
      sessions: 2,
      leaseMs: 10_000,
      heartbeatMs: 2_000,
      fenceSequence: '"advisory_lock_fence"',
      client: { connectionString, application_name: 'advisory-lock' },
    });
  });

  it.each([
    { sessions: 0 },
    { leaseMs: 10 },
    { leaseMs: 1_000, heartbeatMs: 900 },
    { maxHandOvers: 1_024 },
    { recheckMs: Number.NaN },
    { fenceSequence: 'x; drop table y' },
    { fenceSequence: 'a.b.c' },
  ])('refuse %o', (bad) => {
    expect(() => createAdvisoryLocks({ connectionString, ...bad })).toThrow(RangeError);
  });

  it('need somewhere to connect', () => {
    expect(() => createAdvisoryLocks({})).toThrow(/connectionString/);
  });

  it('refuse time limits and signals that cannot work', async () => {
    await using locks = createAdvisoryLocks({ connectionString });
    for (const timeoutMs of [-1, Number.NaN, 2 ** 31])
      await expect(locks.acquire(1, 1, { timeoutMs })).rejects.toThrow(RangeError);
    const aborted = locks.acquire(1, 1, { signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ code: 'aborted' });
  });
});

it('gives the SQL of the sequence', () => {
  expect(fenceSequenceSql('app.fence')).toBe(
    'create sequence if not exists "app"."fence" as bigint increment by 1024' +
      ' minvalue 1024 start with 1024 cache 1 no cycle',
  );
});
