/** Recorded sessions with hooks before, beside, after and without their transcripts. */
import { describe, expect, test } from 'vitest';
import { listTranscripts } from './testing/lines.ts';
import { NOTHING, playBoth, run, sendHooks, type Shown, writeAll } from './testing/play.ts';
import { loadRecorded } from './testing/recorded.ts';

const NAMES = [...new Set(listTranscripts().map((file) => file.replace(/\..*$/, '')))];
/** What the transcript alone shows of sessions whose last event is in no transcript. */
const ONLY_HOOKS_TELL: Record<string, string> = {
  's09-resume': 'your_turn complete the turn is finished',
  's14-api-errors': 'working processing works on the prompt',
};

describe.each(NAMES)('%s', (name) => {
  const recorded = loadRecorded(name);
  const hooksFirst = () =>
    run(recorded, async (world) => {
      await sendHooks(world, recorded);
      await writeAll(world, recorded);
    });

  test('each prompt and answer is there once, in whatever order they are told', async () => {
    const before = await hooksFirst();
    const beside = await run(recorded, (world) => playBoth(world, recorded));
    const after = await run(recorded, async (world) => {
      await writeAll(world, recorded);
      // The first hook brings the agent; the whole transcript is read before the second.
      await sendHooks(world, { ...recorded, events: recorded.events.slice(0, 1) });
      await world.glance();
      await sendHooks(world, { ...recorded, events: recorded.events.slice(1) });
    });
    expect(beside).toEqual(before);
    expect(after).toEqual(before);
  });

  test('without hooks the turns, tokens and state are the same', async () => {
    // Other sessions begin where one ends; what no hook tells of is another test's.
    const [sessionId] = recorded.transcripts.keys();
    const events = recorded.events.filter(
      ({ event, payload }) => payload.session_id === sessionId && event !== 'SessionEnd',
    );
    const session = { ...recorded, events };
    const [up] = await run(session, async (world) => {
      await sendHooks(world, session);
      await writeAll(world, recorded);
    });
    const [down] = await run(session, async (world) => {
      await sendHooks(world, { ...session, events: events.slice(0, 1) });
      await writeAll(world, recorded);
      world.clock.time = Math.max(world.clock.time, events.at(-1)?.at ?? 0);
    });
    const dialogs = ({ turns }: Shown) => turns.map((turn) => turn.replace(' question ', ' tool '));
    expect({ ...down, turns: dialogs(down ?? NOTHING) }).toEqual({
      ...up,
      state: ONLY_HOOKS_TELL[name] ?? up?.state,
      turns: dialogs(up ?? NOTHING),
    });
  });
});
