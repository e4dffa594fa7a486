/**
 * Recorded sessions as an older client would have sent them, whose Stop carries no text: every
 * command ends with the same output, outcome and answer as with it, found in the transcript by jobs.
 */
import { waitUntil } from '@headspace/testkit/wait-until';
import { describe, expect, test } from 'vitest';
import { listTranscripts } from '../src/features/transcripts/testing/lines.ts';
import { playBoth, sendHooks, writeAll } from '../src/features/transcripts/testing/play.ts';
import {
  loadRecorded,
  type RecordedSession,
} from '../src/features/transcripts/testing/recorded.ts';
import { openWorld, type World } from '../src/features/transcripts/testing/world.ts';

interface Ended {
  prompt: string | null;
  state: string;
  outcome: string | null;
  output: string | null;
  /** The last message that belongs to the command; null where nothing was looked for. */
  answer: string | null;
}

type Play = (world: World, recorded: RecordedSession) => Promise<void>;

const NAMES = [...new Set(listTranscripts().map((file) => file.replace(/\..*$/, '')))].filter(
  (name) => loadRecorded(name).events.some(({ event }) => event === 'Stop'),
);

const PLAYS: Record<string, Play> = {
  'the transcript grows beside the hooks': playBoth,
  'the transcript comes after all hooks': async (world, recorded) => {
    await sendHooks(world, recorded);
    await writeAll(world, recorded);
  },
};

function withoutTexts(recorded: RecordedSession): RecordedSession {
  const events = recorded.events.map((each) => {
    if (each.event !== 'Stop') return each;
    const { last_assistant_message: _, ...payload } = each.payload;
    return { ...each, payload };
  });
  return { ...recorded, events };
}

/** How each command ended, once nothing is waited for any more. */
async function played(recorded: RecordedSession, play: Play): Promise<Ended[]> {
  await using world = await openWorld();
  world.clock.time = (recorded.events[0]?.at ?? 0) - 1_000;
  await play(world, recorded);
  await world.look();
  await world.look();
  return await waitUntil(
    async () => {
      const commands = await commandsOf(world);
      return commands.every(({ output }) => output !== 'pending') && commands;
    },
    { what: 'no command waits for its text', timeoutMs: 60_000 },
  );
}

async function commandsOf({ pool }: World): Promise<Ended[]> {
  const { rows } = await pool.query<Ended>(
    `select c.prompt, c.state, c.outcome, c.output,
       (select body from turns t where c.output is not null and t.command_id = c.id
         and t.actor = 'agent' and t.kind = 'message' order by happened_at desc, place desc, t.id desc limit 1) as answer
     from commands c order by c.started_at, c.id`,
  );
  return rows;
}

describe.each(NAMES)('%s', (name) => {
  const recorded = loadRecorded(name);

  test.each(Object.entries(PLAYS))(
    '%s',
    async (_how, play) => {
      const [told, found] = await Promise.all([
        played(recorded, play),
        played(withoutTexts(recorded), play),
      ]);
      expect(found).toEqual(told);
      expect(told.filter(({ output }) => output !== null).length).toBeGreaterThan(0);
      expect(found.filter(({ output }) => output === 'unknown')).toEqual([]);
    },
    120_000,
  );
});
