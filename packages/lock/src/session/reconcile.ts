/**
 * After a statement failed or an unlock was refused: compare what the server holds for this session
 * with what we believe. Grants that nobody was told of are given back; locks that are gone are
 * reported. pg_locks does not show how often a lock is held, so the list is read again until nothing
 * unknown is left.
 */
import { isInterest } from '../keys.ts';
import type { Link } from '../runtime.ts';
import type { SessionBook } from './book.ts';
import { GIVE_BACK_STATEMENT, HOLDINGS_STATEMENT } from './statements.ts';

const ROUNDS = 4;

interface Holding {
  readonly lockId: string;
  readonly high: string;
  readonly low: string;
  readonly subspace: number;
  readonly shared: boolean;
}

export interface Reconciled {
  /** Lock ids that we believed to hold and do not. */
  readonly missing: readonly string[];
  readonly releasedUnknown: number;
}

/** Throws when the server does not answer or keeps locks that we cannot release. */
export async function reconcile(link: Link, book: SessionBook): Promise<Reconciled> {
  let releasedUnknown = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const holdings = await readHoldings(link);
    const unknown = holdings.filter((holding) => !isKnown(holding, book));
    if (unknown.length === 0) {
      const present = new Set(holdings.map((holding) => holding.lockId));
      return {
        missing: [...book.held.keys()].filter((lockId) => !present.has(lockId)),
        releasedUnknown,
      };
    }
    releasedUnknown += unknown.length;
    await link.run(GIVE_BACK_STATEMENT, [
      unknown.map((holding) => holding.high),
      unknown.map((holding) => holding.low),
      unknown.map((holding) => holding.subspace),
      unknown.map((holding) => holding.shared),
    ]);
  }
  throw new Error(`unknown locks remain after ${ROUNDS} attempts to release them`);
}

async function readHoldings(link: Link): Promise<readonly Holding[]> {
  const rows = await link.run(HOLDINGS_STATEMENT);
  return rows.map(([high, low, subspace, mode]) => ({
    lockId: `${String(high)}:${String(low)}:${String(subspace)}`,
    high: String(high),
    low: String(low),
    subspace: Number(subspace),
    shared: mode === 'ShareLock',
  }));
}

function isKnown(holding: Holding, book: SessionBook): boolean {
  if (isInterest(Number(holding.high), holding.subspace))
    return book.shown.has((BigInt(holding.high) << 32n) | BigInt(holding.low));
  return book.held.get(holding.lockId) === (holding.shared ? 'shared' : 'exclusive');
}
