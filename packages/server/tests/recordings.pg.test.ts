/**
 * Every recording of the real client, through HTTP into a real server on real PostgreSQL: after
 * each event the API shows what the labels allow. The recordings of one run play at the same time
 * into one server, so each also proves that agents do not disturb each other.
 */
import { listSessions } from '@headspace/testkit/recordings';
import { expect, test } from 'vitest';
import { openHookWorld } from './testing/hook-world.ts';
import { type Delivery, playRecording } from './testing/recorded-run.ts';

const plain = { marks: 'none', repeat: 'once', order: 0 } as const;

const DELIVERIES: Record<string, Delivery> = {
  'without any mark of the process': plain,
  'with its pane': { ...plain, marks: 'pane' },
  'with its pid and pane': { ...plain, marks: 'pid and pane' },
  'twice with one event id': { ...plain, marks: 'pane', repeat: 'twice with one id' },
  'twice without an id': { ...plain, repeat: 'twice without an id' },
  'events of one moment the other way round': { ...plain, marks: 'pid and pane', order: 1 },
  'twice and the other way round': { marks: 'pane', repeat: 'twice without an id', order: 1 },
};

test.each(Object.entries(DELIVERIES))(
  'recordings: %s',
  async (_name, delivery) => {
    await using world = await openHookWorld();
    const differences = await Promise.all(
      listSessions().map(async (name) => ({
        name,
        differences: await playRecording(world, name, delivery),
      })),
    );
    expect(differences.filter((each) => each.differences.length > 0)).toEqual([]);
  },
  60_000,
);
