/** What runs in the background of a server process, and how it is doing. */

export interface ServiceHealth {
  readonly name: string;
  /** `standby` where another process does the work now and this one would take over. */
  readonly role: 'active' | 'standby';
  /** Milliseconds since 1970 of the last round that succeeded; null before the first. */
  readonly lastSuccessAt: number | null;
  /** Rounds that failed one after the other; 0 while all is well. */
  readonly failures: number;
  /** Rounds that were ended because they lasted too long, since the start. */
  readonly timeouts: number;
  /** No success for several intervals, although it is this process's work. */
  readonly late: boolean;
}

export interface Service {
  readonly name: string;
  /** Works until `stop`. Never rejects: what fails is logged and tried again. */
  run(): Promise<void>;
  /** Ends the work; resolves when the present round is over, or was given up after some seconds. */
  stop(): Promise<void>;
  health(): ServiceHealth;
}
