/** Calls of `/api/remote-agents` under an API key. */
import { setTimeout as sleep } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';

export interface RemoteApi {
  get(path: string, signal: AbortSignal): Promise<unknown>;
  /** Sent again after a lost answer; the idempotency key makes that safe. */
  post(path: string, body: object, signal: AbortSignal): Promise<unknown>;
}

/** What the server has refused, in its own words. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

const TRIES = 4;
const FIRST_PAUSE_MS = 500;
/** Above the longest wait of one request. */
const TIMEOUT_MS = 90_000;

interface Init {
  readonly method?: 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** @param server address without a slash at the end */
export function remoteApi(server: string, key: string): RemoteApi {
  const call = async (path: string, init: Init, signal: AbortSignal): Promise<unknown> => {
    for (let attempt = 1; ; attempt++) {
      const last = attempt === TRIES;
      const answer = await fetch(`${server}/api/remote-agents${path}`, {
        ...init,
        headers: { authorization: `Bearer ${key}`, ...init.headers },
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      }).catch((error: unknown) => {
        if (last || signal.aborted) throw unreachable(server, error);
        return null;
      });
      if (answer?.ok) return answer.json();
      if (answer !== null && (answer.status !== 503 || last)) throw await refusal(answer);
      await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1), undefined, { signal });
    }
  };
  return {
    get: async (path, signal) => call(path, {}, signal),
    post: async (path, body, signal) => {
      const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID() };
      return call(path, { method: 'POST', headers, body: JSON.stringify(body) }, signal);
    },
  };
}

async function refusal(answer: Response): Promise<RefusedError> {
  const problem = (await answer.json().catch(() => ({}))) as Partial<
    Record<'code' | 'title' | 'detail' | 'cure', string>
  >;
  const { code = String(answer.status), title = 'refused', detail, cure } = problem;
  const words = [title, detail, cure].flatMap((one) => one?.replace(/\.$/, '') ?? []);
  return new RefusedError(`${code}: ${words.join('. ')}.`);
}

function unreachable(server: string, cause: unknown): RefusedError {
  return new RefusedError(`Headspace does not answer at ${server}.`, { cause });
}
