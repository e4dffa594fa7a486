/** Every recording against its labels, by the rules alone: agents are told apart by the labels. */
import { HOOK_EVENTS, type HookEventName } from '@headspace/contract';
import { momentsOf, ordersOf } from '@headspace/testkit/arrival-order';
import {
  allowed,
  type Label,
  listSessions,
  loadLabels,
  loadSession,
  type RecordedEvent,
} from '@headspace/testkit/recordings';
import { describe, expect, test } from 'vitest';
import { Chain } from './testing/chain.ts';

const isHook = (event: string): event is HookEventName =>
  (HOOK_EVENTS as readonly string[]).includes(event);

interface Played {
  /** Differences from the labels. */
  complaints: string[];
  /** What each agent knew and had written after each moment, without times. */
  books: string[][];
}

/** Plays one arrangement of a recording. */
function play(name: string, moments: RecordedEvent[][], times: number): Played {
  const labels = loadLabels(name);
  const chains = new Map<string, Chain>();
  const last = new Map<string, Label>();
  const books: string[][] = [];
  const complaints = moments.flatMap((moment) => {
    for (const { index, event, payload, offsetMs } of moment) {
      const letter = labels[index]?.agent ?? '';
      const chain = chains.get(letter) ?? new Chain();
      chains.set(letter, chain);
      if (!isHook(event)) continue;
      for (let time = 0; time < times; time++) chain.hook(event, payload, offsetMs);
    }
    const lastOfMoment = moment.toSorted((a, b) => a.index - b.index).at(-1);
    const label = labels[lastOfMoment?.index ?? -1];
    if (label === undefined) return [`line without a label`];
    last.set(label.agent ?? '', label);
    books.push([...chains].map(([letter, chain]) => `${letter} ${chain.books()}`));
    // The others must not have changed either.
    return [...last].flatMap(([letter, expected]) => {
      const chain = chains.get(letter);
      return chain === undefined ? [] : allowed(expected, chain.shown);
    });
  });
  return { complaints, books };
}

describe.each(listSessions())('%s', (name) => {
  const events = loadSession(name);
  const singly = events.map((event) => [event]);
  const moments = momentsOf(events);
  const orders = moments.map(ordersOf);

  test('as recorded', () => {
    expect(play(name, singly, 1).complaints).toEqual([]);
  });

  test('every event twice, with the same books at every step', () => {
    const { complaints, books } = play(name, singly, 2);
    expect(complaints).toEqual([]);
    expect(books).toEqual(play(name, singly, 1).books);
  });

  test.runIf(moments.some(({ length }) => length > 1))('events of one moment in any order', () => {
    const recorded = play(name, moments, 1);
    for (const [index, variants] of orders.entries()) {
      for (const order of variants.slice(1)) {
        const arranged = moments.with(index, order);
        expect(play(name, arranged, 1)).toEqual(recorded);
        expect(play(name, arranged, 2)).toEqual(recorded);
      }
    }
  });
});
