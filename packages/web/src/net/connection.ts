/**
 * Keeps the board equal to the server: a snapshot, then the stream from where the snapshot
 * stands, again after every loss. What is shown is never silently old: each loss is published
 * before anything else is tried.
 */
import type { AgentView, StreamEnd, StreamMessage } from '@headspace/contract';
import {
  applyMessages,
  applySnapshot,
  EMPTY_BOARD,
  restartAt,
  type BoardState,
  type PositionedMessage,
} from '../model/board-state.ts';
import { ApiError, noAnswer, type Api } from './api.ts';
import { retryDelayMs } from './backoff.ts';
import { readEventStream } from './event-stream.ts';
import { createFrameQueue, type FrameQueue, type Schedule } from './frame-queue.ts';
import type { SseEvent } from './sse-parser.ts';
import { createStore } from '../model/store.ts';

export type Link =
  | { name: 'starting' }
  /** `token` is what was tried, where it is worth another try. */
  | { name: 'login'; error: ApiError | null; token: string }
  | { name: 'live' }
  /** The board is as of `heardAt`; null where nothing has been loaded yet. */
  | { name: 'lost'; heardAt: number | null; error: ApiError; retryAt: number };

export interface ConnectionOptions {
  schedule?: Schedule;
  silenceMs?: number;
  onServerTime?: (time: number) => void;
}

/** What the page has may miss something: it must be fetched anew. */
class Resync extends ApiError {}

export class Connection {
  readonly link = createStore<Link>({ name: 'starting' });
  readonly board = createStore<BoardState>(EMPTY_BOARD);
  readonly #api: Api;
  readonly #options: ConnectionOptions;
  readonly #queue: FrameQueue<PositionedMessage>;
  #run = new AbortController();
  #heardAt: number | null = null;
  #wake = () => {};

  constructor(api: Api, options: ConnectionOptions = {}) {
    this.#api = api;
    this.#options = options;
    this.#queue = createFrameQueue(
      (batch) => this.board.set(applyMessages(this.board.get(), batch)),
      options.schedule,
    );
    api.onUnauthorized = () => {
      if (this.link.get().name !== 'login') this.#toLogin(null);
    };
  }

  /** Connects, after logging in with `token` where one is given. Ends when it is stopped. */
  async start(token?: string): Promise<void> {
    this.#run.abort();
    const { signal } = (this.#run = new AbortController());
    if (token !== undefined) {
      try {
        await this.#api.post('/api/login', { token });
      } catch (thrown) {
        const error = toApiError(thrown);
        const wrong = error.status === 401;
        // A refused token has already ended this run and shown the form, without the reason.
        if (wrong || !signal.aborted) this.#toLogin(error, wrong ? '' : token);
        return;
      }
    }
    if (!signal.aborted) await this.#follow(signal);
  }

  async logout(): Promise<void> {
    await this.#api.post('/api/logout');
    this.#toLogin(null);
  }

  /** Cuts the wait before the next try short. */
  retryNow(): void {
    this.#wake();
  }

  /** Fetches the ended agents too. Throws ApiError. */
  async loadEnded(): Promise<void> {
    await this.#loadSnapshot(true, this.#run.signal);
  }

  stop(): void {
    this.#run.abort();
  }

  async #follow(signal: AbortSignal): Promise<void> {
    this.link.set({ name: 'starting' });
    let failures = 0;
    let resync = true;
    while (!signal.aborted) {
      try {
        if (resync) await this.#loadSnapshot(this.board.get().endedLoaded, signal);
        resync = false;
        await this.#readStream(signal, () => (failures = 0));
        if (!signal.aborted) throw new ApiError('The server closed the event stream');
      } catch (thrown) {
        if (signal.aborted) return;
        const error = toApiError(thrown);
        if (error.status === 401) return this.#toLogin(null);
        resync ||= thrown instanceof Resync || !(thrown instanceof ApiError);
        failures += 1;
        const delayMs = retryDelayMs(failures, Math.random(), error.retryAfterMs);
        const retryAt = Date.now() + delayMs;
        this.link.set({ name: 'lost', heardAt: this.#heardAt, error, retryAt });
        await this.#pause(delayMs, signal);
      }
    }
  }

  async #loadSnapshot(includesEnded: boolean, signal: AbortSignal): Promise<void> {
    const path = includesEnded ? '/api/agents?include=ended' : '/api/agents';
    const answer = await this.#api.get<{ agents: AgentView[]; cursor: string }>(path, signal);
    if (signal.aborted) return;
    this.#heardAt = Date.now();
    if (answer.serverTime !== null) this.#options.onServerTime?.(answer.serverTime);
    this.#queue.flush();
    this.board.set(applySnapshot(this.board.get(), { ...answer.body, includesEnded }));
  }

  async #readStream(signal: AbortSignal, opened: () => void): Promise<void> {
    this.#queue.flush();
    const after = encodeURIComponent(this.board.get().cursor ?? '0');
    const handlers = {
      onOpen: () => {
        opened();
        this.link.set({ name: 'live' });
      },
      onHeard: () => {
        this.#heardAt = Date.now();
      },
      onEvent: (event: SseEvent) => this.#take(event),
    };
    const { silenceMs } = this.#options;
    await readEventStream(this.#api.url(`/api/events?after=${after}`), handlers, {
      signal,
      ...(silenceMs === undefined ? {} : { silenceMs }),
    });
  }

  #take({ id, type, data }: SseEvent): void {
    if (type === 'stream.reset') {
      this.#queue.flush();
      this.board.set(restartAt(this.board.get(), id));
      throw new Resync('The server no longer keeps what this page missed');
    }
    const message = parseMessage(data);
    if (message.type === 'stream.end') throw new ApiError(END_REASON[message.reason]);
    this.#queue.push({ cursor: id, message });
  }

  #toLogin(error: ApiError | null, token = ''): void {
    this.#run.abort();
    this.#queue.flush();
    this.#heardAt = null;
    this.board.set(EMPTY_BOARD);
    this.link.set({ name: 'login', error, token });
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#wake = resolve;
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
  }
}

const END_REASON = {
  too_slow: 'This page could not keep up',
  shutting_down: 'The server is stopping or restarting',
  error: 'The server had to end the event stream',
} as const satisfies Record<StreamEnd['reason'], string>;

function parseMessage(data: string): StreamMessage {
  try {
    return JSON.parse(data) as StreamMessage;
  } catch (cause) {
    throw new Resync('The server sent something that cannot be read', { cause });
  }
}

function toApiError(thrown: unknown): ApiError {
  return thrown instanceof ApiError ? thrown : noAnswer(thrown);
}
