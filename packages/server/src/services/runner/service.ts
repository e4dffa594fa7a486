/** What runs in the background of a server process, and how it is doing. */

export interface ServiceHealth {
  readonly name: string;
  /** Milliseconds since 1970 of the last round that succeeded; null before the first. */
  readonly lastSuccessAt: number | null;
  /** Rounds that failed one after the other; 0 while all is well. */
  readonly failures: number;
}

export interface Service {
  readonly name: string;
  /** Works until `stop`. Never rejects: what fails is logged and tried again. */
  run(): Promise<void>;
  /** Ends the work; resolves when the present round is over. */
  stop(): Promise<void>;
  health(): ServiceHealth;
}
