/** What one captured screen of Claude Code says, always with the lines that prove it. */

/** The box in which a person types. */
export interface PromptBox {
  /** What stands in it, row by row as shown; a long text is wrapped. Empty for a suggestion. */
  readonly text: string;
  /** A suggestion in an otherwise empty box; null where there is none or the capture had no escapes. */
  readonly ghost: string | null;
  /** More than one row. */
  readonly multiLine: boolean;
  /** Marks that stand for folded pastes, such as `[Pasted text #1 +12 lines]`. */
  readonly pastes: readonly string[];
  /** `prompt`, or `shell` after a leading `!`. */
  readonly mode: 'prompt' | 'shell';
  readonly lines: readonly string[];
}

export interface DialogOption {
  /** The digit that chooses it at once. */
  readonly key: string;
  readonly label: string;
  /** The arrow stands here: Enter would choose it. */
  readonly selected: boolean;
  /** For questions with several answers; null for all others. */
  readonly checked: boolean | null;
}

export type DialogKind =
  | 'permission'
  | 'question'
  | 'plan'
  | 'elicitation'
  | 'trust'
  | 'api-key'
  | 'login'
  | 'model'
  | 'limit'
  | 'other';

/** Something on the screen that waits for an answer and takes every key. */
export interface ScreenDialog {
  readonly kind: DialogKind;
  readonly title: string;
  readonly options: readonly DialogOption[];
  /** Equal for the same dialog whatever is selected in it and however wide the pane is. */
  readonly fingerprint: string;
  /** The first of its rows, cut to what people are shown. */
  readonly lines: readonly string[];
  /** All of its rows that are not blank, as they stand there. */
  readonly rows: readonly string[];
}

/** A fact on the screen with the lines that show it. */
export interface Sighting {
  readonly lines: readonly string[];
}

export interface RetryLine extends Sighting {
  readonly attempt: number;
  readonly of: number;
}

/** What the client says, near the end, of how full its context is. */
export interface ContextLine extends Sighting {
  /** 0 to 100, of the window less what the client keeps free for an answer. */
  readonly usedPercent: number;
}

export interface ScreenReading {
  /** Where keys would go; `unknown` where nothing known is seen. */
  readonly surface: 'prompt-box' | 'dialog' | 'shell' | 'unknown';
  readonly box: PromptBox | null;
  readonly dialog: ScreenDialog | null;
  /** The client says that it works (`esc to interrupt`, a spinner with its verb). */
  readonly working: Sighting | null;
  /** A failed call of the API that the client tries again by itself. */
  readonly retry: RetryLine | null;
  /** The usage of the account is exhausted. */
  readonly limit: Sighting | null;
  /** Null where the screen says nothing of it; that tells nothing, for hints take turns. */
  readonly context: ContextLine | null;
  /** Messages shown as waiting for the turn to take them. */
  readonly queued: readonly string[];
  /** Hash of everything above the prompt box (of the whole screen without one): has anything moved? */
  readonly above: string;
  /** The shell's own prompt at the bottom: the client has gone. */
  readonly shell: Sighting | null;
}
