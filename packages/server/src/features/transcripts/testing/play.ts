/** Plays a recorded session and its transcripts into a world, and tells what is then shown. */
import { type RecordedSession, timeOfLine, writeSubagents } from './recorded.ts';
import { openWorld, type World } from './world.ts';

/** An entry is on disk up to so long after the time that it carries. */
const WRITTEN_AFTER_MS = 90;

export async function sendHooks(world: World, { events }: RecordedSession): Promise<void> {
  for (const { event, payload, at } of events) {
    world.clock.time = Math.max(world.clock.time, at);
    await world.hook(event, payload.session_id, withoutPath(payload));
  }
}

const withoutPath = ({ transcript_path: _, ...payload }: Record<string, unknown>): object =>
  payload;

export async function writeAll(
  world: World,
  { transcripts, subagents }: RecordedSession,
): Promise<void> {
  for (const [sessionId, lines] of transcripts) {
    await world.replace(sessionId, lines.map((line) => `${line}\n`).join(''));
  }
  await writeSubagents(world, subagents);
}

/** Hooks at their times, and each line shortly after its own. */
export async function playBoth(world: World, recorded: RecordedSession): Promise<void> {
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

export interface Shown {
  turns: string[];
  tokens: number;
  costUSD: number | null;
  context: number | null | undefined;
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
      costUSD: total.costUSD,
      context: agent.context?.usedTokens,
      state: `${agent.attention} ${agent.state} ${agent.reason}`,
    });
  }
  return shown;
}

export const NOTHING: Shown = {
  turns: [],
  tokens: 0,
  costUSD: 0,
  context: undefined,
  state: 'nothing shown',
};

export async function run(
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
