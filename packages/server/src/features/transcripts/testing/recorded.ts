/** A recorded session with its transcripts, at the times at which both were recorded. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type HookPayload, loadSession, type RecordedEvent } from '@headspace/testkit/recordings';
import { linesOf, listTranscripts, loadTranscript } from './lines.ts';
import type { World } from './world.ts';

export interface RecordedSession {
  events: (RecordedEvent & { at: number })[];
  /** Lines of each session's transcript, by session id. */
  transcripts: Map<string, string[]>;
  subagents: { subagent: string; sessionId: string; content: Buffer }[];
}

export function loadRecorded(name: string): RecordedSession {
  const transcripts = new Map<string, string[]>();
  const subagents: RecordedSession['subagents'] = [];
  for (const file of listTranscripts().filter((one) => one.startsWith(`${name}.`))) {
    const content = loadTranscript(file);
    const lines = linesOf(content);
    const sessionId = fieldOf(lines.at(-1) ?? '', 'sessionId') ?? '';
    const subagent = /\.subagent-(.+)\.jsonl$/.exec(file)?.[1];
    if (subagent === undefined) transcripts.set(sessionId, lines);
    else subagents.push({ subagent, sessionId, content });
  }
  const recorded = loadSession(name).filter(({ event }) => event !== 'StatusLine');
  const start = startOf(recorded, [...transcripts.values()].flat());
  const events = recorded.map((event) => ({ ...event, at: start + event.offsetMs }));
  return { events, transcripts, subagents };
}

export const timeOfLine = (line: string): number => {
  const time = fieldOf(line, 'timestamp');
  return time === undefined ? 0 : Date.parse(time);
};

function fieldOf(line: string, name: string): string | undefined {
  return new RegExp(`"${name}": "([^"]*)"`).exec(line)?.[1];
}

/** A prompt's hook fires when its entry is made (seen: within 20 ms). */
function startOf(events: readonly RecordedEvent[], lines: readonly string[]): number {
  for (const { event, payload, offsetMs } of events) {
    if (event !== 'UserPromptSubmit') continue;
    const promptId = promptIdOf(payload);
    const entry = lines.find(
      (line) => line.includes(`"promptId": "${promptId}"`) && line.includes('"promptSource"'),
    );
    if (entry !== undefined) return timeOfLine(entry) - offsetMs;
  }
  throw new Error('no prompt of this recording is in its transcript');
}

const promptIdOf = (payload: HookPayload): string => String(payload['prompt_id']);

/** Puts files of subagents where Claude Code puts them. */
export async function writeSubagents(
  world: Pick<World, 'pathOf'>,
  subagents: readonly { subagent: string; sessionId: string; content: Buffer | string }[],
): Promise<void> {
  for (const { subagent, sessionId, content } of subagents) {
    const folder = path.join(world.pathOf(sessionId).replace(/\.jsonl$/, ''), 'subagents');
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, `agent-${subagent}.jsonl`), content);
  }
}
