/**
 * Most requests are plain: exclusive, with nothing shown or hidden beside. Those with one form of key
 * travel together in statements of their own: few arrays, and one row with a letter for each key.
 * That is a third of the work at both ends.
 */
import type { AcquireOp, Batch, ReleaseOp, ReleaseRow, TryResult } from './operations.ts';
import { column, wanted } from './statements.ts';
import type { Statement } from './text-statement.ts';

export type PlainForm = 'pairs' | 'wides';
export type PlainStatements = Readonly<Record<PlainForm, Statement>>;

/** Answers for one key. */
const YES = 'y';
const NO = 'n';
const WANTED_BY_OTHERS = 'w';

const REFUSED: TryResult = { token: null, shown: false, intended: false };
const RELEASED: ReleaseRow = { unlocked: true, wanted: false, announced: false, doubt: false };
const WANTED: ReleaseRow = { ...RELEASED, wanted: true };
const NOT_HELD: ReleaseRow = { ...RELEASED, unlocked: false, doubt: true };

/**
 * One row: [letters, token, pid]. The letters are complete before the outer query looks at them, so
 * the token is taken after the last grant; none is taken when nothing was granted.
 */
export function acquirePlainStatements(quotedSequence: string): PlainStatements {
  const text = (key: string, keys: string): string =>
    `select letters, case when strpos(letters, '${YES}') > 0` +
    ` then nextval('${quotedSequence}'::regclass) end, pg_backend_pid() from (select string_agg(` +
    `case when pg_try_advisory_lock(${key}) then '${YES}' else '${NO}' end, '')` +
    ` as letters from unnest(${keys}) as r(${key})) as tried`;
  return {
    pairs: { name: 'advisory_lock_acquire_pairs', text: text('ns, id', '$1::int4[], $2::int4[]') },
    wides: { name: 'advisory_lock_acquire_wides', text: text('k', '$1::int8[]') },
  };
}

/** One row: [letters, pid]. Somebody who waits is notified apart from the batch. */
const releaseText = (key: string, keys: string): string =>
  `select string_agg(case when not pg_advisory_unlock(${key}) then '${NO}'` +
  ` when ${wanted('interest', false)} then '${WANTED_BY_OTHERS}' else '${YES}' end, ''),` +
  ` pg_backend_pid() from unnest(${keys}::int8[]) as r(${key}, interest)`;

const RELEASE: PlainStatements = {
  pairs: {
    name: 'advisory_lock_release_pairs',
    text: releaseText('ns, id', '$1::int4[], $2::int4[], $3'),
  },
  wides: { name: 'advisory_lock_release_wides', text: releaseText('k', '$1::int8[], $2') },
};

/** Null for a request that is not plain. */
export function plainAcquireForm({ key, ask }: AcquireOp): PlainForm | null {
  if (ask.mode !== 'exclusive' || ask.showInterest || ask.showIntent) return null;
  return key.wide === null ? 'pairs' : 'wides';
}

/** Null for a release that is not plain. */
export function plainReleaseForm({ key, ask }: ReleaseOp): PlainForm | null {
  if (ask.unlock !== 'exclusive' || ask.hideInterest || ask.hideIntent) return null;
  return key.wide === null ? 'pairs' : 'wides';
}

export function plainAcquire(
  statements: PlainStatements,
  form: PlainForm,
  ops: readonly AcquireOp[],
): Batch<TryResult> {
  return {
    statement: statements[form],
    values: keyColumns(form, ops),
    read: ([row]) => {
      const [letters = '', token = null] = row ?? [];
      const granted = token === null ? REFUSED : { ...REFUSED, token: BigInt(token) };
      return eachLetter(letters, (letter) => (letter === YES ? granted : REFUSED));
    },
  };
}

export function plainRelease(form: PlainForm, ops: readonly ReleaseOp[]): Batch<ReleaseRow> {
  return {
    statement: RELEASE[form],
    values: [...keyColumns(form, ops), column(ops, ({ key }) => key.interestText)],
    read: ([row]) =>
      eachLetter(row?.[0] ?? '', (letter) => {
        if (letter === YES) return RELEASED;
        return letter === WANTED_BY_OTHERS ? WANTED : NOT_HELD;
      }),
  };
}

function keyColumns(form: PlainForm, ops: readonly (AcquireOp | ReleaseOp)[]): string[] {
  if (form === 'wides') return [column(ops, ({ key }) => key.wideText)];
  return [column(ops, ({ key }) => key.namespace), column(ops, ({ key }) => key.id)];
}

function eachLetter<Result>(
  letters: string | null,
  read: (letter: string | undefined) => Result,
): Result[] {
  const results: Result[] = [];
  const count = letters?.length ?? 0;
  for (let n = 0; n < count; n++) results.push(read(letters?.[n]));
  return results;
}
