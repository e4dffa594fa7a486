/**
 * The recorded sessions of the real client and their labels, see `recordings/README.md` and
 * `recordings/labels/README.md`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Folder of the recordings, for the files that have no loader of their own (transcripts, screens). */
export const recordingsFolder = join(import.meta.dirname, '../recordings');

/** A hook payload as the client sent it. */
export type HookPayload = Readonly<Record<string, unknown>> & {
  readonly session_id: string;
  readonly cwd: string;
};

export interface RecordedEvent {
  /** Line of the file, from 0; the label of the same line has it as `i`. */
  readonly index: number;
  /** Milliseconds since the first line. */
  readonly offsetMs: number;
  /** Name of the hook event, or `StatusLine`. */
  readonly event: string;
  readonly payload: HookPayload;
}

/** Content of `~/.claude/sessions/<pid>.json`. */
export type RegistryFile = Readonly<Record<string, unknown>> & {
  readonly pid: number;
  readonly sessionId: string;
  readonly procStart: string;
};

/** One line of the long run: what a person did, and what hooks, session files and tmux showed. */
export type TimelineEntry = { readonly index: number; readonly offsetMs: number } & (
  | { readonly source: 'action'; readonly data: string }
  | { readonly source: 'hook'; readonly data: HookPayload & { readonly hook_event_name: string } }
  /** File name to content of every session file there is; empty once the last one is gone. */
  | { readonly source: 'registry'; readonly data: Readonly<Record<string, RegistryFile>> }
  | {
      readonly source: 'tmux';
      readonly data: { readonly pane_title: string; readonly pane_current_command: string };
    }
);

/** What a monitor may show after one line. */
export interface Label {
  readonly i: number;
  readonly event: string;
  /** Letter of the agent chain; null where no agent need exist. */
  readonly agent: string | null;
  /** Letters that are right as well. */
  readonly agent_alt?: readonly string[];
  /** Acceptable values. */
  readonly attention: readonly string[];
  readonly state: readonly string[];
  readonly ended: boolean;
  /** Either value of `ended` is right. */
  readonly ended_either?: true;
  readonly why: string;
  /** Timeline only: false for lines that a monitor of hooks and session files never sees. */
  readonly input?: boolean;
  readonly source?: TimelineEntry['source'];
}

/** What a monitor shows of one agent. */
export interface ShownState {
  readonly attention: string;
  readonly state: string;
  readonly ended: boolean;
}

/** Names of all recorded sessions, such as `s01-simple-prompt`, in order. */
export function listSessions(): string[] {
  return readdirSync(join(recordingsFolder, 'sessions'))
    .filter((file) => file.endsWith('.jsonl'))
    .map((file) => file.slice(0, -'.jsonl'.length))
    .sort();
}

/** The events of one session in the order of their arrival. */
export function loadSession(name: string): RecordedEvent[] {
  type Line = { offset_ms: number; event: string; payload: HookPayload };
  const lines = readLines<Line>(`sessions/${name}.jsonl`);
  return lines.map(({ offset_ms: offsetMs, event, payload }, index) => ({
    index,
    offsetMs,
    event,
    payload,
  }));
}

/** The labels of one session, or of `timeline`: one for each line of its source. */
export function loadLabels(name: string): Label[] {
  return readLines<Label>(`labels/${name}.labels.jsonl`);
}

/** The long run in which hooks, session files and tmux were recorded beside each other. */
export function loadTimeline(): TimelineEntry[] {
  type Line = { offset_ms: number; source: string; data: unknown };
  const lines = readLines<Line>('registry/timeline.jsonl');
  return lines.map(
    ({ offset_ms: offsetMs, source, data }, index) =>
      ({ index, offsetMs, source, data }) as TimelineEntry,
  );
}

/** Compares what a monitor shows with a label. Gives one sentence per difference, none if all is right. */
export function allowed(label: Label, shown: ShownState): string[] {
  const complaints: string[] = [];
  const expect = (what: string, value: string, values: readonly string[]): void => {
    if (!values.includes(value)) complaints.push(`${what} is ${value}, not ${values.join(' or ')}`);
  };
  expect('attention', shown.attention, label.attention);
  expect('state', shown.state, label.state);
  if (label.ended_either !== true) expect('ended', String(shown.ended), [String(label.ended)]);
  return complaints.map((text) => `line ${label.i} (${label.event}): ${text} [${label.why}]`);
}

function readLines<Line>(file: string): Line[] {
  const text = readFileSync(join(recordingsFolder, file), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}
