import { describe, expect, test } from 'vitest';
import { momentsOf, ordersOf } from './arrival-order.ts';
import { listSessions, loadSession } from './recordings.ts';

const at = (offsetMs: number, session = 'a') => ({ offsetMs, payload: { session_id: session } });

describe('momentsOf', () => {
  test('groups what is close in time and of one session', () => {
    const events = [at(0), at(5), at(20), at(22, 'b'), at(23), at(24), at(30)];
    const groups = momentsOf(events).map((group) => group.map(({ offsetMs }) => offsetMs));
    expect(groups).toEqual([[0, 5], [20], [22], [23, 24], [30]]);
  });

  test('finds the moments of the recordings', () => {
    const groups = listSessions().flatMap((name) => momentsOf(loadSession(name)));
    expect(groups.filter(({ length }) => length > 1)).toHaveLength(19);
  });
});

describe('ordersOf', () => {
  test('gives every order of one moment', () => {
    expect(ordersOf([at(0), at(1), at(2)])).toHaveLength(6);
  });

  test('keeps the order of what is further apart, also in a chain of close events', () => {
    const orders = ordersOf([at(0), at(4), at(8)]).map((order) => order.map((e) => e.offsetMs));
    expect(orders).toEqual([
      [0, 4, 8],
      [0, 8, 4],
      [4, 0, 8],
    ]);
  });
});
