/**
 * Durable jobs as features define them: a name, a schema of the payload, and what to do. A job is
 * added in the transaction of the change that calls for it (`Ledger.jobs`), runs in any process,
 * and runs again if its process dies. It can therefore run twice: make it idempotent, and keep what
 * it decides on in rows, not in the payload.
 */
import type { Logger } from 'pino';
import type { z } from 'zod';

/** `again`: not done yet; it shall run once more, with this payload, after so many milliseconds. */
export type JobResult<T> = { readonly again: { readonly afterMs: number; readonly payload: T } };

export interface JobContext {
  /** Fires when the process stops, when the job has lasted too long, and when others take it over. */
  readonly signal: AbortSignal;
  /** 1 on the first run; a run that is asked for with `again` is a first one too. */
  readonly attempt: number;
  readonly log: Logger;
}

export interface JobDefinition<T> {
  /** kebab-case; never reused for something else, since old jobs may wait under it. */
  readonly name: string;
  readonly schema: z.ZodType<T>;
  /** One run at most; the signal fires and the run counts as failed. Default 60,000 ms. */
  readonly timeoutMs?: number;
  /** What it throws counts as a failed try; the next one comes e, e^2, e^3 … seconds later. */
  readonly run: (payload: T, context: JobContext) => Promise<JobResult<T> | undefined>;
}

/** A job with its payload's type taken care of: what the runner is given. */
export interface Job {
  readonly name: string;
  readonly timeoutMs: number;
  /** Throws ZodError for a payload that does not fit. */
  readonly run: (payload: unknown, context: JobContext) => Promise<JobResult<unknown> | undefined>;
}

const TIMEOUT_MS = 60_000;

export function defineJob<T>(definition: JobDefinition<T>): Job {
  const { name, schema, timeoutMs = TIMEOUT_MS, run } = definition;
  return { name, timeoutMs, run: (payload, context) => run(schema.parse(payload), context) };
}
