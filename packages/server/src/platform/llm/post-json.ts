/**
 * One POST to a model's API, and what its answer or its failure means. By `fetch`: an SDK would
 * retry by itself, and here every try is one row in the ledger.
 */
import type { CallFailure } from '../../domain/summary-retry.ts';
import { oneLine } from '../../domain/display.ts';
import { anySignal } from '../any-signal.ts';
import { LlmError, type LlmOptions } from './llm.ts';

export interface PostOptions extends Pick<LlmOptions, 'timeoutMs'> {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
}

/** An answer of a line has some hundred bytes; who sends more is no model. */
const LARGEST_ANSWER = 1024 * 1024;

/** The JSON of the answer. Throws LlmError. */
export async function postJson(options: PostOptions, signal: AbortSignal): Promise<unknown> {
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const either = anySignal([signal, timeout]);
  const response = await send(options, either).catch((cause: unknown) => {
    throw brokenOff('network', cause, { signal, timeout }, options);
  });
  const text = await readText(response).catch((cause: unknown) => {
    if (cause instanceof LlmError) throw cause;
    throw brokenOff('truncated', cause, { signal, timeout }, options);
  });
  if (!response.ok) throw refusal(response, text);
  try {
    return JSON.parse(text);
  } catch (cause) {
    const failure = text.trimStart().startsWith('{') ? 'truncated' : 'nonsense';
    throw new LlmError(failure, 'the answer is not JSON', { cause });
  }
}

function send({ url, headers, body }: PostOptions, signal: AbortSignal): Promise<Response> {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
    body: JSON.stringify(body),
    // The key goes to the address that a person has set, and to no other.
    redirect: 'error',
    signal,
  });
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array;
    size += bytes.byteLength;
    if (size > LARGEST_ANSWER) throw new LlmError('nonsense', 'the answer is larger than 1 MB');
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}

/** Why there is no whole answer: our own stop, our own limit, or the connection. */
function brokenOff(
  failure: CallFailure,
  cause: unknown,
  { signal, timeout }: { signal: AbortSignal; timeout: AbortSignal },
  { timeoutMs }: PostOptions,
): LlmError {
  if (signal.aborted) return new LlmError('cancelled', 'the call was cancelled', { cause });
  if (timeout.aborted) {
    return new LlmError('timeout', `no answer within ${timeoutMs} ms`, { cause });
  }
  const what = failure === 'truncated' ? 'the answer broke off' : 'the provider cannot be reached';
  return new LlmError(failure, `${what} (${reasonOf(cause)})`, { cause });
}

/** `fetch failed` says nothing; its cause has the system's code. */
function reasonOf(error: unknown): string {
  const inner: unknown = error instanceof Error ? (error.cause ?? error) : error;
  if (inner instanceof Error) {
    const code = 'code' in inner ? String(inner.code) : '';
    return oneLine(code === '' ? inner.message : code, 120);
  }
  return 'unknown';
}

/** https://docs.anthropic.com/en/api/errors; 529 is "overloaded" there. */
function refusal(response: Response, text: string): LlmError {
  const { status } = response;
  const message = `${status}: ${oneLine(messageIn(text), 200)}`;
  const retryAfterMs = retryAfter(response.headers);
  if (status === 429) return new LlmError('rate-limited', message, { retryAfterMs });
  if (status >= 500 || status === 408 || status === 409) {
    return new LlmError('server-error', message, { retryAfterMs });
  }
  // 402: no credit left.
  const isSetUp = status === 401 || status === 402 || status === 403 || status === 404;
  return new LlmError(isSetUp ? 'misconfigured' : 'refused', message);
}

/** `{"error": {"message": …}}` with both kinds of provider. */
function messageIn(text: string): string {
  try {
    const body = JSON.parse(text) as { error?: { message?: unknown } | string } | null;
    const { error } = body ?? {};
    const message = typeof error === 'string' ? error : error?.message;
    if (typeof message === 'string') return message;
  } catch {
    // No JSON: the text itself.
  }
  return text === '' ? 'no reason given' : text;
}

/** Seconds or a date (RFC 9110, 10.2.3); null where there is none. */
export function retryAfter(headers: Headers, now = Date.now()): number | null {
  const given = headers.get('retry-after')?.trim();
  if (given === undefined || given === '') return null;
  if (/^\d+(\.\d+)?$/.test(given)) return Math.ceil(Number(given) * 1_000);
  const at = Date.parse(given);
  return Number.isNaN(at) ? null : Math.max(at - now, 0);
}
