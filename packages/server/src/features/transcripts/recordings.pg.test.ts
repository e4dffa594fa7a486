/** Recorded sessions with hooks before, beside, after and without their transcripts. */
import { describe, expect, test } from 'vitest';
import { listTranscripts } from './testing/lines.ts';
import {
  loadRecorded,
  type RecordedSession,
  timeOfLine,
  writeSubagents,
} from './testing/recorded.ts';
import { openWorld, type World } from './testing/world.ts';

const NAMES = [...new Set(listTranscripts().map((file) => file.replace(/\..*$/, '')))];
/** An entry is on disk up to so long after the time that it carries. */
const WRITTEN_AFTER_MS = 90;

async function sendHooks(world: World, { events }: RecordedSession): Promise<void> {
  for (const { event, payload, at } of events) {
    world.clock.time = Math.max(world.clock.time, at);
    await world.hook(event, payload.session_id, withoutPath(payload));
  }
}

const withoutPath = ({ transcript_path: _, ...payload }: Record<string, unknown>): object =>
  payload;

async function writeAll(world: World, { transcripts, subagents }: RecordedSession): Promise<void> {
  for (const [sessionId, lines] of transcripts) {
    await world.replace(sessionId, lines.map((line) => `${line}\n`).join(''));
  }
  await writeSubagents(world, subagents);
}

/** Hooks at their times, and each line shortly after its own. */
async function playBoth(world: World, recorded: RecordedSession): Promise<void> {
  const lines = [...recorded.transcripts].flatMap(([sessionId, all]) => {
    let at = 0;
    return all.map((line) => {
      at = Math.max(at, timeOfLine(line) + WRITTEN_AFTER_MS);
      return { at, act: () => world.append(sessionId, `${line}\n`) };
    });
  });
  await writeSubagents(world, recorded.subagents);
  const hooks = recorded.events.map(({ event, payload, at }) => ({
    at,
    act: () => world.hook(event, payload.session_id, withoutPath(payload)),
  }));
  for (const { at, act } of [...lines, ...hooks].toSorted((a, b) => a.at - b.at)) {
    world.clock.time = Math.max(world.clock.time, at);
    await act();
    await world.glance();
  }
}

interface Shown {
  turns: string[];
  tokens: number;
  context: number | undefined;
  state: string;
}

async function shownOf(world: World, recorded: RecordedSession): Promise<Shown[]> {
  // A session that was found without a transcript may have been merged into another one.
  const sessions = new Set(recorded.events.map(({ payload }) => payload.session_id));
  const ids = new Set<number>();
  const shown: Shown[] = [];
  for (const sessionId of recorded.transcripts.keys()) {
    if (!sessions.has(sessionId)) continue;
    const agent = await world.agentOf(sessionId);
    if (ids.has(agent.id)) continue;
    ids.add(agent.id);
    const turns = await world.turns(sessionId);
    const { total } = await world.usage(sessionId);
    shown.push({
      turns: turns.map(({ actor, kind, text, at }) => `${at.slice(14)} ${actor} ${kind} ${text}`),
      tokens: total.inputTokens + total.cacheReadTokens + total.outputTokens,
      context: agent.context?.usedTokens,
      state: `${agent.attention} ${agent.state} ${agent.reason}`,
    });
  }
  return shown;
}

/** What the transcript alone shows of sessions whose last event is in no transcript. */
const ONLY_HOOKS_TELL: Record<string, string> = {
  's09-resume': 'your_turn complete the turn is finished',
  's14-api-errors': 'working processing works on the prompt',
};

const NOTHING: Shown = { turns: [], tokens: 0, context: undefined, state: 'nothing shown' };

async function run(
  recorded: RecordedSession,
  play: (world: World) => Promise<void>,
): Promise<Shown[]> {
  await using world = await openWorld();
  world.clock.time = (recorded.events[0]?.at ?? 0) - 1_000;
  await play(world);
  await world.look();
  await world.look();
  return await shownOf(world, recorded);
}

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
