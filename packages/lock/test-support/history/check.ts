/** What must hold of a history. Pure; each finding is a sentence. */
import { type History, LEASE_FAULTS, type WorkerEvent } from './events.ts';

interface Grant {
  holder: string;
  key: number;
  token: number;
  at: number;
  /** When it was told of the loss or began to release; infinite where it did neither. */
  until: number;
  asserted: number[];
}

export function findings(history: History): string[] {
  const grants = grantsOf(history.events);
  const onlyLease = history.faults.every((fault) => LEASE_FAULTS.has(fault));
  // A holder that cannot run cannot be told; that it must not act is the next check.
  const loopsRun = history.faults.every((fault) => fault === 'silence');
  return [
    ...(loopsRun ? overlaps(grants) : []),
    ...(onlyLease ? staleHolders(grants) : []),
    ...olderAfterNewer(history),
    ...lostUpdates(history),
  ];
}

/** Updates of the plain counter that were lost: what locks are there to prevent. */
export function damage({ plain, plainWritten }: History): number {
  let lost = 0;
  for (const [key, written] of plainWritten) lost += Math.max(0, written - (plain.get(key) ?? 0));
  return lost;
}

function grantsOf(events: readonly WorkerEvent[]): Grant[] {
  const grants = new Map<string, Grant>();
  for (const event of events) {
    if (event.kind === 'granted') {
      const { holder, key, token, at } = event;
      grants.set(holder, { holder, key, token, at, until: Infinity, asserted: [] });
      continue;
    }
    const grant = grants.get(event.holder);
    if (grant === undefined) continue;
    if (event.kind === 'asserted') grant.asserted.push(event.at);
    if (event.kind === 'told' || event.kind === 'releasing') {
      grant.until = Math.min(grant.until, event.at);
    }
  }
  return [...grants.values()].toSorted((a, b) => a.at - b.at);
}

/** Two of one key at once, neither of them told. */
function overlaps(grants: readonly Grant[]): string[] {
  return grants.flatMap((first, index) =>
    grants
      .slice(index + 1)
      .filter((second) => second.key === first.key && second.at < first.until)
      .map(
        (second) =>
          `key ${first.key}: ${second.holder} was granted while ${first.holder} held it, untold`,
      ),
  );
}

/** Believed to hold a lock that somebody else has been granted since. */
function staleHolders(grants: readonly Grant[]): string[] {
  return grants.flatMap((first) =>
    grants
      .filter(
        (later) =>
          later.key === first.key &&
          later.token > first.token &&
          first.asserted.some((at) => at > later.at),
      )
      .map(
        (later) =>
          `key ${first.key}: assertHeld() of ${first.holder} held after ${later.holder} was granted`,
      ),
  );
}

function olderAfterNewer({ writes }: History): string[] {
  const newest = new Map<number, number>();
  return writes.flatMap(({ key, token, holder }) => {
    const before = newest.get(key) ?? -Infinity;
    newest.set(key, Math.max(before, token));
    return token < before
      ? [`key ${key}: token ${token} of ${holder} was accepted after ${before}`]
      : [];
  });
}

function lostUpdates({ writes, fenced, events }: History): string[] {
  const lost: string[] = [];
  const accepted = Map.groupBy(writes, ({ key }) => key);
  for (const [key, value] of fenced) {
    const count = accepted.get(key)?.length ?? 0;
    if (value !== count) lost.push(`key ${key}: ${count} fenced updates made it ${value}`);
  }
  const stored = new Set(writes.map(({ holder }) => holder));
  for (const event of events) {
    if (event.kind === 'written' && !stored.has(event.holder)) {
      lost.push(`the write of ${event.holder} was answered and is not there`);
    }
  }
  return lost;
}
