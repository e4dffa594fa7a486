/**
 * A batch has one token, and it has to be later than the last of its grants: else somebody who had a
 * key in between could have a later token than the next holder. The functions of the statement are
 * replaced by some that write down when they are called.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockFixture } from '../test-support/fixture.ts';
import { pairKey } from './keys.ts';
import { mixedAcquire } from './session/mixed-batch.ts';
import type { AcquireOp } from './session/operations.ts';
import { acquirePlainStatements, plainAcquire } from './session/plain-batch.ts';
import { acquireStatement } from './session/statements.ts';

const { sql } = lockFixture();

const TRACED = `
  create table trace (n serial, what text);
  create sequence traced;
  create function traced_try(int4, int4) returns bool language sql volatile as
    $$ insert into trace (what) values ('key ' || $2) returning $2 <> 2 $$;
  create function traced_token(regclass) returns int8 language sql volatile as
    $$ insert into trace (what) values ('token') returning nextval($1) $$`;

const ops = [1, 2, 3, 4].map((id): AcquireOp => ({
  type: 'acquire',
  key: pairKey(1, id),
  ask: { mode: 'exclusive', showInterest: false, defer: false, showIntent: false },
  resolve: () => {},
  reject: () => {},
}));
const traced = (text: string): string =>
  text
    .replaceAll('pg_try_advisory_lock(ns', 'traced_try(ns')
    .replaceAll('nextval(', 'traced_token(');
const allThenToken = ['key 1', 'key 2', 'key 3', 'key 4', 'token'];

beforeEach(async () => {
  await sql(TRACED);
});
afterEach(async () => {
  await sql('drop table trace; drop sequence traced; drop function traced_try, traced_token');
});

it.each([
  ['mixed', mixedAcquire(acquireStatement('traced'), ops)],
  ['plain', plainAcquire(acquirePlainStatements('traced'), 'pairs', ops)],
])('the token of a %s batch is taken once, after every key', async (_, batch) => {
  const rows = await sql(traced(batch.statement.text), [...batch.values]);
  const asText = rows.map((row) =>
    Object.values(row).map((value) => (value === null ? null : String(value))),
  );
  expect(batch.read(asText).map(({ token }) => token)).toEqual([1n, null, 1n, 1n]);
  const trace = await sql('select what from trace order by n');
  expect(trace.map(({ what }) => what)).toEqual(allThenToken);
});

it('a plain batch that gets nothing takes no token', async () => {
  const batch = plainAcquire(acquirePlainStatements('traced'), 'pairs', ops.slice(1, 2));
  const [row] = await sql(traced(batch.statement.text), [...batch.values]);
  expect(Object.values(row ?? {}).slice(0, 2)).toEqual(['n', null]);
});
