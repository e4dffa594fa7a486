/**
 * No server runs for a whole recorded session. What the hook script has spooled and what stands in
 * the transcripts is taken in after the start: the same turns, state, tokens and cost as with a
 * server that saw it all, within one look.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HOOK_HEADERS, hookSlug } from '@headspace/contract';
import { describe, expect, test } from 'vitest';
import type { IntervalService } from '../../services/runner/index.ts';
import { listTranscripts } from './testing/lines.ts';
import { playBoth, run, writeAll } from './testing/play.ts';
import { loadRecorded, type RecordedSession } from './testing/recorded.ts';
import type { World } from './testing/world.ts';

const NAMES = [...new Set(listTranscripts().map((file) => file.replace(/\..*$/, '')))];

/** The session is over, and so is every wait for a better witness. */
const LATER_MS = 10_000;

/**
 * What the hook script leaves, one file for each event with its time, taken in one by one. The script
 * also names the process, by which events of one queue behind each other; the recordings do not.
 */
async function takeSpoolIn(world: World, { events }: RecordedSession): Promise<void> {
  const [server] = world.servers;
  const service = server?.context.services.find(({ name }) => name === 'spool');
  if (server === undefined || service === undefined || !('tick' in service)) {
    throw new Error('no spool service');
  }
  const { tick } = service as IntervalService;
  for (const [n, { event, payload, at }] of events.entries()) {
    const body = {
      ...payload,
      transcript_path: world.pathOf(payload.session_id),
      hook_event_name: event,
    };
    const lines = [
      `POST /hook/${hookSlug(event)}`,
      `${HOOK_HEADERS.eventId}: event-${n}`,
      `${HOOK_HEADERS.sentAt}: ${Math.round(at)}`,
      '',
      JSON.stringify(body),
    ];
    const name = `${Math.round(at)}-${10_000 + n}-${event}.event`;
    await writeFile(path.join(server.paths.spool, name), lines.join('\n'));
    await tick();
    await server.context.hooks.settled();
  }
}

describe.each(NAMES)('%s', (name) => {
  const recorded = loadRecorded(name);
  const end = Math.max(...recorded.events.map(({ at }) => at));

  test.each(['spool first', 'transcripts first'] as const)('%s', async (order) => {
    const up = await run(recorded, (world) => playBoth(world, recorded));
    const down = await run(recorded, async (world) => {
      await writeAll(world, recorded);
      world.clock.time = end + LATER_MS;
      if (order === 'transcripts first') await world.look();
      await takeSpoolIn(world, recorded);
    });
    expect(down).toEqual(up);
    expect(up.length).toBeGreaterThan(0);
  });
});
