/** Calls to the Headspace server this page came from. */
import type { Problem } from '@headspace/contract';

/** A call that failed. `status` is 0 where no answer came at all. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  /** What can be done about it, where the server said so. */
  readonly cure: string | null;
  readonly retryAfterMs: number;
  /** What the server said, where it said something. */
  readonly problem: Problem | null;

  constructor(
    message: string,
    details: {
      status?: number;
      cure?: string | null;
      retryAfterMs?: number;
      problem?: Problem | null;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: details.cause });
    this.status = details.status ?? 0;
    this.cure = details.cure ?? null;
    this.retryAfterMs = details.retryAfterMs ?? 0;
    this.problem = details.problem ?? null;
  }

  /** The catalogue's name of the refusal. */
  get code(): Problem['code'] | null {
    return this.problem?.code ?? null;
  }

  /** What is special about this refusal. */
  get detail(): string | null {
    return this.problem?.detail ?? null;
  }
}

export interface Answer<T> {
  body: T;
  /** The server's clock in milliseconds since 1970, to the second; null where it did not say. */
  serverTime: number | null;
}

export interface Api {
  /** Address of a path on the server. */
  url(path: string): string;
  get<T>(path: string, signal?: AbortSignal): Promise<Answer<T>>;
  post(path: string, body?: unknown): Promise<void>;
  /** A change that is answered with what it changed. */
  send<T>(
    method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<T>;
  /** Called for every answer 401, before the call fails. */
  onUnauthorized: () => void;
}

const TIMEOUT_MS = 15_000;

/** @param origin of the server; empty for the page's own */
export function createApi(origin = ''): Api {
  const call = async (path: string, init: RequestInit, signal?: AbortSignal) => {
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(`${origin}${path}`, {
      ...init,
      cache: 'no-store',
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    }).catch((cause: unknown) => {
      throw timeout.aborted ? noAnswerInTime(cause) : noAnswer(cause);
    });
    if (response.ok) return response;
    if (response.status === 401) api.onUnauthorized();
    throw await errorOfResponse(response);
  };
  const api: Api = {
    url: (path) => `${origin}${path}`,
    onUnauthorized: () => {},
    async get<T>(path: string, signal?: AbortSignal): Promise<Answer<T>> {
      const response = await call(path, {}, signal);
      const date = Date.parse(response.headers.get('date') ?? '');
      const body = (await response.json()) as T;
      return { body, serverTime: Number.isNaN(date) ? null : date };
    },
    async post(path, body) {
      await call(path, withBody('POST', body));
    },
    async send<T>(
      method: string,
      path: string,
      body?: unknown,
      headers: Readonly<Record<string, string>> = {},
    ): Promise<T> {
      const response = await call(path, withBody(method, body, headers));
      return (await response.json()) as T;
    },
  };
  return api;
}

function withBody(
  method: string,
  body: unknown,
  more: Readonly<Record<string, string>> = {},
): RequestInit {
  if (body === undefined) return { method, headers: more };
  const headers = { 'content-type': 'application/json', ...more };
  return { method, headers, body: JSON.stringify(body) };
}

/** Reads the problem document of a refusal (RFC 9457), where there is one. */
export async function errorOfResponse(response: Response): Promise<ApiError> {
  const problem = await response
    .json()
    .then((body: unknown) => (isProblem(body) ? body : null))
    .catch(() => null);
  const seconds = Number(response.headers.get('retry-after'));
  return new ApiError(problem?.title ?? `The server answered ${response.status}`, {
    status: response.status,
    cure: problem?.cure ?? null,
    problem,
    retryAfterMs: Number.isFinite(seconds) ? seconds * 1000 : 0,
  });
}

/** The error of a call that got no answer. */
export function noAnswer(cause: unknown): ApiError {
  return new ApiError('The Headspace server does not answer', {
    cure: 'Check that it is running: `npm start` in its folder.',
    cause,
  });
}

function noAnswerInTime(cause: unknown): ApiError {
  return new ApiError(`No answer within ${TIMEOUT_MS / 1000} seconds`, {
    // Browsers open at most six connections to one HTTP/1.1 server; each page keeps one.
    cure: 'The server is busy, or this browser has six Headspace pages open: close some.',
    cause,
  });
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'title' in body;
}
