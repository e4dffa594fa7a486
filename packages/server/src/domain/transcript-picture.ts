/**
 * What a transcript says at its end: how the last turn stands, and how full the context is. Pure
 * data, kept beside the offset up to which the file was read; times in milliseconds since 1970.
 */
export interface TranscriptPicture {
  /** Where the last turn is; null while nothing has been said. */
  turn: 'running' | 'finished' | 'failed' | 'interrupted' | null;
  /** Time of the newest entry that says so. */
  at: number;
  prompt: PicturedPrompt | null;
  /** prompt_ids of turns before it, newest last. */
  pastPromptIds: string[];
  failure: { error: string; message: string } | null;
  context: PicturedContext | null;
}

/**
 * One entry that tells where a message to the agent went: into the client's own queue, out of it
 * (in the middle of a turn, after it, or back into the prompt box), or at once to the model.
 */
export interface PromptSign {
  kind: 'enqueued' | 'taken_in_turn' | 'taken_after_turn' | 'taken_back' | 'submitted';
  /** `deliveryMatch` of its text. */
  match: string;
  at: number;
}

export interface PicturedPrompt {
  /** Claude's prompt_id; null in transcripts of older versions. */
  id: string | null;
  /** Null where no person asked: a notification began the turn. */
  text: string | null;
  at: number;
}

/** Tokens in the context; null where the number is known to be out of date (after compaction). */
export interface PicturedContext {
  usedTokens: number | null;
  at: number;
  /** The answer's model; absent in pictures of earlier versions. */
  model?: string | null;
}

export function emptyPicture(): TranscriptPicture {
  return { turn: null, at: 0, prompt: null, pastPromptIds: [], failure: null, context: null };
}
