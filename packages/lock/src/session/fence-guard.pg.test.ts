import pg from 'pg';
import { expect, it } from 'vitest';
import { expectCode, lockFixture, until } from '../../test-support/fixture.ts';
import { fenceGuardSql, guardFence } from '../index.ts';

const { create, sql, url } = lockFixture();

it('refuses an older holder, and one that comes while a newer one writes', async () => {
  await sql(fenceGuardSql());
  await sql(fenceGuardSql());
  const locks = create();
  const tokens: bigint[] = [];
  for (let n = 0; n < 2; n++)
    await locks.advisoryLock(1, 1, {}, (lock) => void tokens.push(lock.token));
  const [older = 0n, newer = 0n] = tokens;
  const lock = (token: bigint) => ({ namespace: 1, id: 1, key: null, token });
  const [first, second] = [1, 2].map(() => new pg.Client({ connectionString: url() }));
  if (first === undefined || second === undefined) throw new Error('no clients');
  await Promise.all([first.connect(), second.connect()]);

  await first.query('begin');
  await guardFence(first, lock(newer));
  await guardFence(first, lock(newer));
  await second.query('begin');
  const late = guardFence(second, lock(older));
  const handled = late.catch((error: unknown) => error);
  const blocked =
    'select 1 from pg_stat_activity where wait_event_type = $1 and pid <> pg_backend_pid()';
  await until('the older one waits', async () => (await sql(blocked, ['Lock'])).length === 1);
  await first.query('commit');
  expect(await handled).toMatchObject({ code: 'fenced' });
  await second.query('rollback');
  await expectCode(guardFence(second, lock(older)), 'fenced');
  // Other keys are others' business.
  await guardFence(second, { ...lock(older), id: 2 });
  await guardFence(second, { namespace: null, id: null, key: 7n, token: older });
  await Promise.all([first.end(), second.end()]);
});
