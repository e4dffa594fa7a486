/** A role as steps to play: recorded hooks and session files, what they show, and their pace. */
import type { Attention } from '@headspace/contract';
import {
  loadLabels,
  loadSession,
  loadTimeline,
  type HookPayload,
  type RegistryFile,
} from '@headspace/testkit/recordings';
import type { Role } from './cast.ts';

interface StepCommon {
  /** Milliseconds since the step before it, at speed 1. */
  readonly afterMs: number;
  /** What a monitor shows once the step is played, by the recording's labels. */
  readonly attention: Attention;
}

export type Step = StepCommon &
  (
    | { readonly kind: 'hook'; readonly event: string; readonly payload: HookPayload }
    /** Content of every session file there is. */
    | { readonly kind: 'files'; readonly files: readonly RegistryFile[] }
  );

type Line = { readonly index: number; readonly offsetMs: number } & (
  | { readonly kind: 'hook'; readonly event: string; readonly payload: HookPayload }
  | { readonly kind: 'files'; readonly files: readonly RegistryFile[] }
);

/** What a model does in an instant in the recordings takes time in life, else nobody sees it. */
const LEAST_MS: Readonly<Record<string, number>> = {
  UserPromptSubmit: 1_500,
  PreToolUse: 2_500,
  PermissionRequest: 150,
  PostToolUse: 3_500,
  PostToolUseFailure: 2_500,
  SubagentStop: 2_500,
  Stop: 4_000,
  StopFailure: 4_000,
  PostCompact: 3_000,
};
const LONGEST_MS = 7_000;
/** Events this close to each other belong together: parallel tools, a step and its batch. */
const TOGETHER_MS = 30;

/** The steps of a role. Throws for a recording or line that is not there. */
export function loadScene(role: Role): Step[] {
  const labels = loadLabels(role.recording);
  const lines = linesOf(role).filter(({ index }) => isPlayed(role, index));
  return lines.map((line, position) => {
    const attention = labels[line.index]?.attention[0] as Attention | undefined;
    if (attention === undefined) throw new Error(`${role.recording} has no line ${line.index}`);
    const before = lines[position - 1];
    const gap = before === undefined ? 0 : line.offsetMs - before.offsetMs;
    const { index: _index, offsetMs: _offsetMs, ...content } = line;
    return { ...content, attention, afterMs: paceOf(line, gap) };
  });
}

function linesOf(role: Role): Line[] {
  if (role.recording === 'timeline') {
    return loadTimeline().flatMap((entry): Line[] => {
      const { index, offsetMs, source, data } = entry;
      if (source === 'hook') {
        return [{ index, offsetMs, kind: 'hook', event: data.hook_event_name, payload: data }];
      }
      if (source !== 'registry') return [];
      return [{ index, offsetMs, kind: 'files', files: Object.values(data) }];
    });
  }
  return loadSession(role.recording).flatMap(({ index, offsetMs, event, payload }): Line[] => {
    // The status line is no hook.
    if (event === 'StatusLine') return [];
    const prompt = role.prompts?.[index];
    const said = prompt === undefined ? payload : { ...payload, prompt };
    return [{ index, offsetMs, kind: 'hook', event, payload: said }];
  });
}

function isPlayed({ lines }: Role, index: number): boolean {
  return lines === undefined || lines.some(([first, last]) => index >= first && index <= last);
}

function paceOf(line: Line, gap: number): number {
  // Claude writes its file within a tenth of a second of what it tells of.
  if (line.kind === 'files' || gap <= TOGETHER_MS) return Math.min(gap, LONGEST_MS);
  return Math.min(Math.max(gap, LEAST_MS[line.event] ?? 0), LONGEST_MS);
}
