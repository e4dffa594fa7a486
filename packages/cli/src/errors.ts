/** Errors that a person sees: one sentence and what to do. */

/** Exit codes, as documented in `headspace --help`. */
export const EXIT = { ok: 0, failed: 1, usage: 2, unreachable: 3 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

interface CliErrorOptions {
  /** What to do about it, one sentence. */
  readonly hint?: string;
  readonly exitCode?: ExitCode;
  /** HTTP status of the server's answer, where there was one. */
  readonly status?: number;
  readonly cause?: unknown;
}

/** A failure with a sentence for the person at the terminal. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;
  readonly status: number | undefined;
  constructor(message: string, options: CliErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.hint = options.hint;
    this.status = options.status;
    this.exitCode = options.exitCode ?? EXIT.failed;
  }
}
