/**
 * What is known of the final text of a command. A Stop mostly carries it. Where it does not, a
 * durable job waits for the transcript to pass the point at which the Stop was seen
 * (features/deferred-stop), and says so if it never does.
 */
import type { Command, NewJob } from '../agent-state.ts';
import type { Draft } from '../draft.ts';
import type { TranscriptPicture } from '../transcript-picture.ts';

export type SettledOutput = 'known' | 'none' | 'unknown';

export const DEFERRED_STOP = 'deferred-stop';
const FINISHED = 'finished';
const FINISHED_UNKNOWN = 'finished, output unknown';

/** The last answer is on disk 45 to 94 ms after its Stop, and read 150 ms after it. */
const FIRST_LOOK_MS = 300;

/** A Stop has ended the command: with its text, or without. */
export function noteOutput(draft: Draft, promptId: string | undefined, hasText: boolean): void {
  const { command } = draft;
  if (command === null || !isFinished(command) || command.output === 'known') return;
  const other = promptId !== undefined && command.promptId !== null;
  if (other && promptId !== command.promptId) return;
  if (hasText) draft.setOutput('known', FINISHED);
  else waitForOutput(draft);
}

/** The deadline has passed, and only now the transcript speaks of this command's end. */
export function lookForOutput(draft: Draft, picture: TranscriptPicture): void {
  const { command } = draft;
  if (command?.output !== 'unknown' || !tellsEndOf(picture, command)) return;
  waitForOutput(draft);
}

/** What the search came to. Nothing, where somebody else has settled it meanwhile. */
export function settleOutput(draft: Draft, output: SettledOutput): void {
  const { command } = draft;
  if (command?.output !== 'pending') return;
  draft.setOutput(output, output === 'unknown' ? unknownOutcome(command.outcome) : command.outcome);
}

/** The outcome of a command whose final text could not be found. */
export function unknownOutcome(outcome: string | null): string | null {
  return outcome === FINISHED ? FINISHED_UNKNOWN : outcome;
}

/**
 * Whether a transcript that looks like this has everything that the command had said. A prompt_id
 * tells exactly; without one (older clients), the end of a turn that is newer than the command.
 */
export function tellsEndOf(
  picture: TranscriptPicture,
  command: Pick<Command, 'promptId' | 'startedAt' | 'completedAt'>,
): boolean {
  const { promptId, startedAt, completedAt } = command;
  const prompt = picture.prompt?.id ?? null;
  const atRest = picture.turn !== null && picture.turn !== 'running';
  if (promptId !== null && prompt !== null) {
    return prompt === promptId ? atRest : picture.pastPromptIds.includes(promptId);
  }
  return (atRest && picture.at >= startedAt) || picture.at > (completedAt ?? Infinity);
}

function isFinished({ completedAt, outcome }: Command): boolean {
  return completedAt !== null && (outcome === FINISHED || outcome === FINISHED_UNKNOWN);
}

function waitForOutput(draft: Draft): void {
  const { command, agentId } = draft;
  if (command === null) return;
  draft.setOutput('pending', FINISHED);
  draft.job(deferredStop(agentId, command.id));
}

/** Keyed by the command: the Stop of the next one waits beside it. */
function deferredStop(agentId: number, commandId: number): NewJob {
  return {
    name: DEFERRED_STOP,
    key: `${DEFERRED_STOP}:${commandId}`,
    payload: { agentId, commandId, waitedMs: FIRST_LOOK_MS },
    afterMs: FIRST_LOOK_MS,
  };
}
