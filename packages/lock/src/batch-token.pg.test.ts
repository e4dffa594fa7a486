/**
 * A batch has one token, and it has to be later than the last of its grants: else somebody who had a
 * key in between could have a later token than the next holder. The functions of the statement are
 * replaced by some that write down when they are called.
 */
import { expect, it } from 'vitest';
import { lockFixture } from '../test-support/fixture.ts';
import { pairKey } from './keys.ts';
import { acquireColumns, type AcquireOp } from './session/operations.ts';
import { acquireStatement } from './session/statements.ts';

const { sql } = lockFixture();

const TRACED = `
  create table trace (n serial, what text);
  create sequence traced;
  create function traced_try(int4, int4) returns bool language sql volatile as
    $$ insert into trace (what) values ('key ' || $2) returning $2 <> 2 $$;
  create function traced_token(regclass) returns int8 language sql volatile as
    $$ insert into trace (what) values ('token') returning nextval($1) $$`;

it('the token of a batch is taken once, after every key', async () => {
  await sql(TRACED);
  const ask = { mode: 'exclusive', showInterest: false, defer: false, showIntent: false } as const;
  const ops = [1, 2, 3, 4].map((id): AcquireOp => ({
    type: 'acquire',
    key: pairKey(1, id),
    ask,
    resolve: () => {},
    reject: () => {},
  }));
  const statement = acquireStatement('traced')
    .replaceAll('pg_try_advisory_lock(ns', 'traced_try(ns')
    .replaceAll('nextval(', 'traced_token(');
  const rows = await sql(statement, acquireColumns(ops));
  expect(rows.map((row) => Object.values(row)[2])).toEqual(['1', null, '1', '1']);
  const trace = await sql('select what from trace order by n');
  expect(trace.map(({ what }) => what)).toEqual(['key 1', 'key 2', 'key 3', 'key 4', 'token']);
});
