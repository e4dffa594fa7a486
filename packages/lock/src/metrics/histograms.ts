/**
 * How long callers wait and hold, by purpose. Kept in this process at no cost worth mentioning, and
 * passed on to OpenTelemetry where a meter is given.
 */
import type { AdvisoryLockEvent } from '../events.ts';

/** Upper bounds in ms; one more bucket has no bound. */
export const BOUNDS_MS: readonly number[] = [
  0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 15_000, 60_000,
];

/** Purposes beyond these count together as `other`, so that a purpose with an id in it costs nothing. */
const MOST_PURPOSES = 100;

export interface Histogram {
  readonly purpose: string | null;
  readonly shared: boolean;
  /** Values per bucket of BOUNDS_MS, and those above. */
  readonly counts: readonly number[];
  readonly count: number;
  readonly sumMs: number;
  readonly maxMs: number;
}

export interface LockHistograms {
  readonly boundsMs: readonly number[];
  /** From the call to the grant. */
  readonly wait: readonly Histogram[];
  /** From the grant to the release or the loss. */
  readonly hold: readonly Histogram[];
}

/** The part of OpenTelemetry's Meter that is used; `metrics.getMeter('…')` fits. */
export interface MeterLike {
  createHistogram(
    name: string,
    options: { readonly unit: string; readonly description: string },
  ): {
    record(value: number, attributes: Readonly<Record<string, string>>): void;
  };
}

interface Series {
  readonly purpose: string | null;
  readonly shared: boolean;
  readonly counts: number[];
  count: number;
  sumMs: number;
  maxMs: number;
}

export class HistogramRecorder {
  readonly #wait = new SeriesByPurpose();
  readonly #hold = new SeriesByPurpose();
  readonly #meters: Readonly<
    Record<'wait' | 'hold', ReturnType<MeterLike['createHistogram']>>
  > | null;

  constructor(meter?: MeterLike) {
    const make = (what: string, description: string) =>
      meter?.createHistogram(`advisory_lock.${what}.duration`, { unit: 's', description });
    const wait = make('wait', 'Time from asking for an advisory lock to its grant or refusal');
    const hold = make('hold', 'Time for which an advisory lock was held');
    this.#meters = wait === undefined || hold === undefined ? null : { wait, hold };
  }

  observe(event: AdvisoryLockEvent): void {
    switch (event.type) {
      case 'acquired':
        this.#wait.add(event, event.waitMs);
        this.#record('wait', event, event.waitMs, 'acquired');
        return;
      case 'timeout':
      case 'aborted':
      case 'skipped':
      case 'failed':
        this.#record('wait', event, event.waitMs, event.type);
        return;
      case 'released':
      case 'lost':
      case 'release_failed':
        this.#hold.add(event, event.holdMs);
        this.#record('hold', event, event.holdMs, event.type);
        return;
      default:
        return;
    }
  }

  read(): LockHistograms {
    return { boundsMs: BOUNDS_MS, wait: this.#wait.read(), hold: this.#hold.read() };
  }

  #record(what: 'wait' | 'hold', { purpose, shared }: Labels, ms: number, outcome: string): void {
    this.#meters?.[what].record(ms / 1_000, {
      mode: shared ? 'shared' : 'exclusive',
      outcome,
      ...(purpose === null ? {} : { purpose }),
    });
  }
}

interface Labels {
  readonly purpose: string | null;
  readonly shared: boolean;
}

class SeriesByPurpose {
  readonly #exclusive = new Map<string | null, Series>();
  readonly #shared = new Map<string | null, Series>();

  add({ purpose, shared }: Labels, ms: number): void {
    const series = this.#seriesFor(purpose, shared);
    const bucket = bucketOf(ms);
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.count++;
    series.sumMs += ms;
    series.maxMs = Math.max(series.maxMs, ms);
  }

  read(): Histogram[] {
    const all = [...this.#exclusive.values(), ...this.#shared.values()];
    return all.map((series) => ({ ...series, counts: [...series.counts] }));
  }

  #seriesFor(purpose: string | null, shared: boolean): Series {
    const map = shared ? this.#shared : this.#exclusive;
    const known = map.get(purpose);
    if (known !== undefined) return known;
    const name = map.size < MOST_PURPOSES ? purpose : 'other';
    const existing = map.get(name);
    if (existing !== undefined) return existing;
    const counts = Array.from({ length: BOUNDS_MS.length + 1 }, () => 0);
    const series: Series = { purpose: name, shared, counts, count: 0, sumMs: 0, maxMs: 0 };
    map.set(name, series);
    return series;
  }
}

function bucketOf(ms: number): number {
  let bucket = 0;
  while (bucket < BOUNDS_MS.length && ms > (BOUNDS_MS[bucket] ?? 0)) bucket++;
  return bucket;
}
