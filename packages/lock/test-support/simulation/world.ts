/**
 * The world of a simulation: one clock, one list of things to come, one source of chance. The same
 * seed gives the same run. Several processes live in it; a paused one does nothing until it goes on.
 */
import type { Runtime, Timer } from '../../src/runtime.ts';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly process: number;
  readonly run: () => void;
  cancelled: boolean;
}

export class World {
  now = 0;
  #order = 0;
  #entries: Entry[] = [];
  #state: number;
  readonly #pausedUntil = new Map<number, number>();

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A number from 0 (included) to 1 (excluded); mulberry32. */
  random(): number {
    this.#state = (this.#state + 0x6d2b_79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  /** A whole number from `least` to `most`. */
  between(least: number, most: number): number {
    return least + Math.floor(this.random() * (most - least + 1));
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.between(0, values.length - 1)];
    if (value === undefined) throw new Error('nothing to pick from');
    return value;
  }

  /** Process 0 is the server, which is never paused. */
  at(delayMs: number, process: number, run: () => void): Timer {
    const entry = { at: this.now + delayMs, order: this.#order++, process, run, cancelled: false };
    this.#entries.push(entry);
    return {
      cancel: () => {
        entry.cancelled = true;
      },
    };
  }

  pause(process: number, ms: number): void {
    this.#pausedUntil.set(process, this.now + ms);
  }

  sleep(process: number, ms: number): Promise<void> {
    return new Promise((resolve) => void this.at(ms, process, resolve));
  }

  /** Run what is next until `done` or the time is over. Checks after each step. */
  async run(untilMs: number, done: () => boolean, check: () => void): Promise<void> {
    while (!done()) {
      const entry = this.#next(untilMs);
      if (entry === undefined) return;
      this.now = Math.max(this.now, entry.at);
      entry.run();
      // Everything that follows from it without time passing.
      await new Promise((resolve) => setImmediate(resolve));
      check();
    }
  }

  runtimeOf(process: number, connect: Runtime['connect']): Runtime {
    return {
      now: () => this.now,
      after: (ms, run) => this.at(ms, process, run),
      every: (ms, run) => this.#every(process, ms, run),
      nextTurn: (run) => void this.at(0, process, run),
      connect,
    };
  }

  #every(process: number, ms: number, run: () => void): Timer {
    let timer = this.at(ms, process, () => step());
    let cancelled = false;
    const step = (): void => {
      if (cancelled) return;
      timer = this.at(ms, process, step);
      run();
    };
    return {
      cancel: () => {
        cancelled = true;
        timer.cancel();
      },
    };
  }

  #next(untilMs: number): Entry | undefined {
    this.#entries = this.#entries.filter((entry) => !entry.cancelled);
    let best: { entry: Entry; at: number } | undefined;
    for (const entry of this.#entries) {
      const at = Math.max(entry.at, this.#pausedUntil.get(entry.process) ?? 0);
      const isEarlier =
        best === undefined || at < best.at || (at === best.at && entry.order < best.entry.order);
      if (isEarlier) best = { entry, at };
    }
    if (best === undefined || best.at > untilMs) return undefined;
    this.#entries.splice(this.#entries.indexOf(best.entry), 1);
    return { ...best.entry, at: best.at };
  }
}
