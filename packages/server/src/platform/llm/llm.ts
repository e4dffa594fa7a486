/** The port to language models: one question, one answer, and how many tokens that took. */
import type { CallFailure } from '../../domain/summary-retry.ts';

export interface LlmRequest {
  readonly system: string;
  readonly user: string;
  readonly maxTokens: number;
}

/** Null where the provider does not say. */
export interface LlmUsage {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}

export interface LlmAnswer extends LlmUsage {
  readonly text: string;
}

export interface LlmProvider {
  /** As the setting names it. */
  readonly name: string;
  readonly model: string;
  /** Throws LlmError, and nothing else. */
  readonly complete: (request: LlmRequest, signal: AbortSignal) => Promise<LlmAnswer>;
}

export interface LlmOptions {
  readonly baseUrl: string;
  /** Null for servers that want none. */
  readonly apiKey: string | null;
  readonly model: string;
  /** For the whole call, with reading the answer. */
  readonly timeoutMs: number;
}

/** A call that gave nothing to use. The message is for a person and carries no key. */
export class LlmError extends Error {
  override name = 'LlmError';
  readonly failure: CallFailure;
  readonly retryAfterMs: number | null;
  /** What it took nevertheless. */
  readonly usage: LlmUsage;

  constructor(
    failure: CallFailure,
    message: string,
    details: { retryAfterMs?: number | null; usage?: LlmUsage; cause?: unknown } = {},
  ) {
    super(message, { cause: details.cause });
    this.failure = failure;
    this.retryAfterMs = details.retryAfterMs ?? null;
    this.usage = details.usage ?? { inputTokens: null, outputTokens: null };
  }
}
