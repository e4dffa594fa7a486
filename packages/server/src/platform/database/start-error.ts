/** Why Headspace cannot start. One sentence for the user, one for the cure. */

export type StartErrorCode =
  | 'home_not_writable'
  | 'account_unavailable'
  | 'binaries_missing'
  | 'cluster_version_mismatch'
  | 'cluster_start_failed'
  | 'database_unreachable'
  | 'database_too_old'
  | 'database_newer_than_code'
  | 'migration_changed'
  | 'migration_failed'
  | 'connections_exceed_limit'
  | 'settings_invalid'
  | 'address_unusable';

/**
 * A condition that the user must change before the process can start.
 * `message` is one sentence that says what is wrong, `hint` says what to do.
 * main prints `StartError.sentence` and exits non-zero.
 */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly code: StartErrorCode;
  readonly hint: string;

  constructor(code: StartErrorCode, message: string, hint: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }

  /** Message and hint on one line, for the terminal. */
  get sentence(): string {
    return `${this.message}: ${this.hint}.`;
  }
}
