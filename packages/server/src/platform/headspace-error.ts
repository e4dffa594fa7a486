/** The one class for faults that an API caller is told about; each has a code of the catalogue. */
import { ERRORS, type ErrorCode, type Problem } from '@headspace/contract';

export interface HeadspaceErrorOptions extends ErrorOptions {
  /** Fields of the body that are wrong. */
  readonly errors?: NonNullable<Problem['errors']>;
  /** Members of the problem document that only this code has. */
  readonly extensions?: Pick<Problem, 'current'>;
  /** For 503 and 429: when to try again. */
  readonly retryAfterSeconds?: number;
}

export class HeadspaceError extends Error {
  override readonly name = 'HeadspaceError';
  readonly code: ErrorCode;
  /** What is special about this case; shown to the caller, so it holds no secret. */
  readonly detail: string | undefined;
  readonly errors: Problem['errors'];
  readonly extensions: Pick<Problem, 'current'>;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: ErrorCode, detail?: string, options: HeadspaceErrorOptions = {}) {
    super(detail ?? ERRORS[code].title, options);
    this.code = code;
    this.detail = detail;
    this.errors = options.errors;
    this.extensions = options.extensions ?? {};
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
