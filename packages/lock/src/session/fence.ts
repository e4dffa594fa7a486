/**
 * Fencing tokens.
 *
 * A token is a bigint that grows strictly per key, over processes, sessions and crashes:
 * - `nextval` runs in the acquiring statement, once and after its last grant, so a later holder of any
 *   of its keys has a later value.
 * - The sequence counts in steps of 1,024. The 1,023 numbers between belong to hand-overs inside
 *   the process that holds the key, so each of them has a token of its own.
 * - Lock sessions do not wait for the WAL (synchronous_commit off), and a sequence logs 32 values
 *   ahead, so a crash can take back values that were handed out. Therefore each session, before its
 *   first token, advances the sequence by 2^20 steps and waits until that is on disk. A value lost
 *   in a crash lies less than 2^20 steps ahead of the disk (WAL reaches the disk within 3 times
 *   wal_writer_delay); after the crash every session is a new one and starts beyond all of them.
 *   A standby that lags further behind than that, or fsync = off, is outside this promise.
 */
import { AdvisoryLockError } from '../errors.ts';
import { RESERVED_PREFIX } from '../keys.ts';
import type { RunStatement } from '../runtime.ts';

export const TOKEN_STEP = 1_024n;
const EPOCH_STEPS = 2n ** 20n;
/** Serialises the jumps of sessions that open at one time: setval can otherwise go backwards. */
export const JUMP_LOCK = (BigInt(RESERVED_PREFIX) << 48n) | 0xffff_0000_0000n;

/** Quoted name of a sequence given as `name` or `schema.name`. Throws RangeError on other text. */
export function fenceSequenceName(name: string): string {
  const parts = name.split('.');
  const plain = parts.every((part) => /^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(part));
  if (!plain || parts.length > 2)
    throw new RangeError(`fenceSequence must be name or schema.name in plain letters, got ${name}`);
  return parts.map((part) => `"${part}"`).join('.');
}

/** SQL that creates the sequence, for a migration. `name` as in the option `fenceSequence`. */
export function fenceSequenceSql(name: string): string {
  const quoted = fenceSequenceName(name);
  return (
    `create sequence if not exists ${quoted} as bigint increment by ${TOKEN_STEP}` +
    ` minvalue ${TOKEN_STEP} start with ${TOKEN_STEP} cache 1 no cycle`
  );
}

/** Advance the sequence by one epoch, durably. Creates the sequence when it is missing. */
export async function openFenceEpoch(run: RunStatement, quotedName: string): Promise<void> {
  await run('begin');
  await run('set local synchronous_commit = on');
  await run('select pg_advisory_xact_lock($1)', [String(JUMP_LOCK)]);
  const [found] = await run(
    'select seqincrement::text, seqcache::text, seqcycle from pg_sequence where seqrelid = to_regclass($1)',
    [quotedName],
  );
  if (found === undefined) await run(fenceSequenceSql(quotedName.replaceAll('"', '')));
  else assertUsable(found, quotedName);
  await run('select setval($1::regclass, nextval($1::regclass) + $2::bigint)', [
    quotedName,
    String(EPOCH_STEPS * TOKEN_STEP),
  ]);
  await run('commit');
}

function assertUsable([step, cache, cycles]: readonly unknown[], name: string): void {
  if (step === String(TOKEN_STEP) && cache === '1' && cycles === false) return;
  throw new AdvisoryLockError(
    'connection',
    `sequence ${name} cannot give fencing tokens: it needs increment ${TOKEN_STEP}, cache 1 and no cycle.` +
      ' Create it with fenceSequenceSql(name), or name another one.',
  );
}
