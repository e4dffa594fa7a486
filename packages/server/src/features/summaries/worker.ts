/**
 * Makes the summaries that wait, in every process: several calls at a time, each row by one worker.
 *
 *   claim (short transaction) ─► call, without any lock or connection ─► result (short transaction)
 *                                  └─ fails: again later, or failed, as domain/summary-retry.ts says
 *
 * A worker that dies leaves a claim whose lease runs out. Its call is then made again, at most once
 * for each death; who has lost a claim writes nothing.
 */
import { nextStep } from '../../domain/summary-retry.ts';
import { LlmError } from '../../platform/llm/index.ts';
import { within } from '../../platform/within.ts';
import { type Claim, claimNext, claimRows } from './claim.ts';
import type { SummariesContext } from './context.ts';
import { type CallEnd, failCall, finishAll, finishCall } from './finish.ts';
import {
  BUILT_IN,
  dollars,
  type ModelSummariser,
  modelSummariser,
  summariseBuiltIn,
} from './summariser.ts';
import { releaseWaiting, takeOverExpired } from './upkeep.ts';

/** Rows that the built-in rules take at a time. */
const BATCH = 250;
/** Of a claim, beyond the longest call. */
const LEASE_SPARE_MS = 15_000;
const BUILT_IN_LEASE_MS = 30_000;
/** Of a stop of the process, which has 10 s in all. */
const STOP_MS = 1_000;

export class SummaryWorker {
  readonly #context: SummariesContext;
  readonly #random: () => number;
  readonly #stop = new AbortController();
  readonly #calls = new Set<Promise<void>>();
  #draining: Promise<void> | null = null;
  #again = false;

  constructor(context: SummariesContext, random: () => number = Math.random) {
    this.#context = context;
    this.#random = random;
  }

  /** Something may be due. Returns at once. */
  poke(): void {
    this.#drain().catch((error: unknown) => {
      this.#context.log.debug({ err: error }, 'summaries are taken up with the next round');
    });
  }

  /** One round: takes over what dead workers left, and begins all work that may be begun. */
  async tick(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    await takeOverExpired(this.#context.pool);
    await releaseWaiting(this.#context.pool, this.#limits());
    await this.#drain();
  }

  /** Resolves when nothing is due and no call is under way. */
  async idle(): Promise<void> {
    do {
      await this.#drain();
      await Promise.all(this.#calls);
    } while (this.#calls.size > 0 || this.#draining !== null);
  }

  /** Calls under way are cancelled, and their rows given back. */
  async close(): Promise<void> {
    this.#stop.abort();
    await within(STOP_MS, Promise.all([...this.#calls, this.#draining]));
  }

  #drain(): Promise<void> {
    this.#again = true;
    this.#draining ??= this.#run().finally(() => (this.#draining = null));
    return this.#draining;
  }

  async #run(): Promise<void> {
    while (this.#again && !this.#stop.signal.aborted) {
      this.#again = false;
      const { settings, prices } = this.#context;
      if (settings['summaries.paused']) return;
      const summariser = modelSummariser(settings, prices);
      if (summariser === null) await this.#extractAll();
      else await this.#beginCalls(summariser);
    }
  }

  /** By the built-in rules: whole batches, a statement to take and one to write. */
  async #extractAll(): Promise<void> {
    const { pool, settings, announce } = this.#context;
    while (!this.#stop.signal.aborted && !settings['summaries.paused']) {
      const claims = await claimRows(pool, BUILT_IN.provider, BATCH, BUILT_IN_LEASE_MS);
      if (claims.length === 0) return;
      const finished = claims.map((claim) => ({
        claim,
        result: summariseBuiltIn(claim.input),
        ...BUILT_IN,
      }));
      await finishAll(pool, finished);
      announce();
      if (claims.length < BATCH) return;
    }
  }

  async #beginCalls(summariser: ModelSummariser): Promise<void> {
    const { pool, settings } = this.#context;
    const leaseMs = settings['summaries.callTimeoutMs'] + LEASE_SPARE_MS;
    while (!this.#stop.signal.aborted && this.#calls.size < settings['summaries.concurrency']) {
      const limits = this.#limits();
      const claimed = await claimNext({ pool, summariser, limits, leaseMs });
      if (claimed === null) return;
      if (claimed.kind === 'call') this.#begin(claimed.claim, summariser);
      if (claimed.kind !== 'answer') continue;
      const { claim, answer } = claimed;
      const maker = answer.isCached ? summariser : BUILT_IN;
      const { provider, model } = maker;
      await finishAll(pool, [{ claim, result: answer.result, provider, model }]);
      this.#context.announce();
    }
  }

  #begin(claim: Claim, summariser: ModelSummariser): void {
    const call = this.#call(claim, summariser)
      .catch((error: unknown) => {
        const { log } = this.#context;
        log.warn({ err: error, summary: claim.id }, 'the end of a call could not be written');
      })
      .finally(() => {
        this.#calls.delete(call);
        if (!this.#stop.signal.aborted) this.poke();
      });
    this.#calls.add(call);
  }

  async #call(claim: Claim, summariser: ModelSummariser): Promise<void> {
    const { pool, prices, announce, log } = this.#context;
    const { provider, model } = summariser;
    const from = performance.now();
    const end = (outcome: CallEnd['outcome'], error: string | null, usage: CallEnd['usage']) => ({
      token: claim.token,
      outcome,
      error,
      durationMs: performance.now() - from,
      usage,
      usd: dollars(model, usage, prices),
    });
    try {
      const { result, usage } = await this.#ask(claim, summariser);
      const finished = { claim, result, provider, model };
      const written = await finishCall(pool, finished, end('done', null, usage));
      if (written) announce();
      else log.info({ summary: claim.id }, 'an answer came after its claim had been taken over');
    } catch (error) {
      if (!(error instanceof LlmError)) throw error;
      const { failure, retryAfterMs, usage } = error;
      const { attempts, failure: before } = claim;
      const step = nextStep({ failure, retryAfterMs, attempts, before }, this.#random());
      await failCall(pool, { claim, provider, step }, end(failure, error.message, usage));
      log.info({ summary: claim.id, failure, step: step.kind }, 'a call of the model failed');
    }
  }

  #ask({ input, inputHash }: Claim, summariser: ModelSummariser) {
    return summariser.summarise(input, inputHash, this.#stop.signal);
  }

  /** What the built-in rules make costs nothing. */
  #limits() {
    const { settings } = this.#context;
    if (settings['summaries.provider'] === 'extractive') return { tokens: 0, usd: 0 };
    return { tokens: settings['summaries.dailyTokens'], usd: settings['summaries.dailyDollars'] };
  }
}
