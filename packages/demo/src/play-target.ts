/** The server that the demo plays into. */

export interface Target {
  /** Without a slash at the end. */
  readonly url: string;
  readonly hookToken: string;
  readonly operatorToken: string;
  /** The machine that events say they come from. */
  readonly host: string;
  /** Claude Code's folder that the server watches; undefined where that is a person's own. */
  readonly claudeFolder: string | undefined;
  /** Rejects when a server that the demo started ends by itself. Never resolves. */
  readonly lost: Promise<never>;
  /** Stops what the demo started. */
  close(): Promise<void>;
}
