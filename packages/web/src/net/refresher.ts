/**
 * Runs a load again whenever it is asked for, but never two at once and not more often than the
 * gap allows. What is asked for during a load is not lost, and a load is never cut short by the
 * next wish: with a busy agent none would ever finish.
 */
export class Refresher {
  readonly #load: () => Promise<void>;
  readonly #gapMs: number;
  #state: 'resting' | 'scheduled' | 'loading' | 'loading-again' | 'stopped' = 'resting';
  #startedAt = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param load must not reject */
  constructor(load: () => Promise<void>, gapMs: number) {
    this.#load = load;
    this.#gapMs = gapMs;
  }

  /** Loads as soon as may be. */
  request(): void {
    if (this.#state === 'loading') this.#state = 'loading-again';
    if (this.#state !== 'resting') return;
    this.#state = 'scheduled';
    const wait = Math.max(0, this.#startedAt + this.#gapMs - Date.now());
    this.#timer = setTimeout(() => void this.#run(), wait);
  }

  stop(): void {
    this.#state = 'stopped';
    clearTimeout(this.#timer);
  }

  async #run(): Promise<void> {
    this.#state = 'loading';
    this.#startedAt = Date.now();
    await this.#load();
    const again = this.#stateNow() === 'loading-again';
    if (this.#stateNow() === 'stopped') return;
    this.#state = 'resting';
    if (again) this.request();
  }

  /** The state may have changed during an await, which the compiler does not see. */
  #stateNow(): string {
    return this.#state;
  }
}
