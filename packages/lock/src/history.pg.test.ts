/**
 * Several processes, a counter that only the lock protects, and somebody who breaks things. One run
 * for each fault here; `npm run prove:lock -- history` makes as many as one likes.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Cluster, startCluster } from '../test-support/cluster.ts';
import { damage, findings } from '../test-support/history/check.ts';
import { FAULTS, type History, type WorkerEvent } from '../test-support/history/events.ts';
import { runHistory } from '../test-support/history/run-history.ts';

const empty: History = {
  faults: ['silence'],
  events: [],
  writes: [],
  fenced: new Map(),
  plain: new Map(),
  plainWritten: new Map(),
  hits: 0,
};

const granted = (holder: string, token: number, at: number): WorkerEvent => ({
  kind: 'granted',
  at,
  holder,
  key: 1,
  token,
});

describe('the check of a history', () => {
  it('finds a second holder beside one that was not told', () => {
    const events = [granted('a', 1, 10), granted('b', 2, 20)];
    expect(findings({ ...empty, events })).toHaveLength(1);
    const told: WorkerEvent = { kind: 'told', at: 19, holder: 'a' };
    expect(findings({ ...empty, events: [events[0] ?? told, told, granted('b', 2, 20)] })).toEqual(
      [],
    );
  });

  it('finds a holder that still believes after the next one was granted', () => {
    const late: WorkerEvent = { kind: 'asserted', at: 30, holder: 'a' };
    const events = [granted('a', 1, 10), granted('b', 2, 20), late];
    expect(findings({ ...empty, faults: ['pause'], events })).toHaveLength(1);
    expect(findings({ ...empty, faults: ['crash'], events })).toEqual([]);
  });

  it('finds an older token after a newer one, and updates that are not there', () => {
    const writes = [
      { key: 1, token: 5, holder: 'b' },
      { key: 1, token: 4, holder: 'a' },
    ];
    expect(findings({ ...empty, writes })).toHaveLength(1);
    expect(findings({ ...empty, fenced: new Map([[1, 3]]) })).toHaveLength(1);
    const events: WorkerEvent[] = [{ kind: 'written', at: 1, holder: 'a' }];
    expect(findings({ ...empty, events })).toHaveLength(1);
  });
});

describe('a history of real processes', { timeout: 120_000 }, () => {
  let cluster: Cluster;
  beforeAll(async () => {
    // Flushed as in production: some of these runs crash the server.
    cluster = await startCluster();
  });
  afterAll(async () => cluster.remove());

  it('without locks is damaged, or this proves nothing', async () => {
    const history = await runHistory(cluster, { faults: [], unlocked: true });
    expect(damage(history)).toBeGreaterThan(0);
  });

  it('without faults loses nothing, fenced or not', async () => {
    const history = await runHistory(cluster, { faults: [] });
    expect(history.writes.length).toBeGreaterThan(0);
    expect([findings(history), damage(history)]).toEqual([[], 0]);
  });

  it.each(FAULTS)('with %s has no contradiction', async (fault) => {
    const history = await runHistory(cluster, { faults: [fault, fault] });
    expect(history.writes.length).toBeGreaterThan(0);
    expect(findings(history)).toEqual([]);
    expect(history.hits, 'the fault had an effect').toBeGreaterThan(0);
  });
});
