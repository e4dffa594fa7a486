/** Reads one connection of the server's event stream to its end. */
import { ApiError, errorOfResponse, noAnswer } from './api.ts';
import { SseParser, type SseEvent } from './sse-parser.ts';

/**
 * The server sends at least a comment every 15 s. A line that is silent for longer than two and
 * a half times that is dead, even if the browser still believes in it (a laptop that slept, a
 * network that changed, a server that was stopped).
 */
export const SILENCE_MS = 38_000;

export interface StreamHandlers {
  /** The server accepted the connection. */
  onOpen(): void;
  /** Something arrived, if only a comment. */
  onHeard(): void;
  onEvent(event: SseEvent): void;
}

/**
 * Resolves when the server closes the stream or `signal` is aborted. Throws ApiError when the
 * server refuses or cannot be reached, and when the line breaks or falls silent; an error of a
 * handler is passed on.
 */
export async function readEventStream(
  url: string,
  handlers: StreamHandlers,
  { signal, silenceMs = SILENCE_MS }: { signal: AbortSignal; silenceMs?: number },
): Promise<void> {
  const silence = new AbortController();
  const silent = () => silence.abort();
  let timer = setTimeout(silent, silenceMs);
  const heard = () => {
    clearTimeout(timer);
    timer = setTimeout(silent, silenceMs);
    handlers.onHeard();
  };
  const failed = (cause: unknown) =>
    silence.signal.aborted
      ? new ApiError('The event stream fell silent', { cause })
      : noAnswer(cause);
  try {
    const response = await fetch(url, {
      headers: { accept: 'text/event-stream' },
      cache: 'no-store',
      signal: AbortSignal.any([signal, silence.signal]),
    }).catch((cause: unknown) => {
      throw failed(cause);
    });
    if (!response.ok || !response.body) throw await errorOfResponse(response);
    handlers.onOpen();
    heard();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    const parser = new SseParser();
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw failed(cause);
      });
      if (done) return;
      heard();
      for (const event of parser.push(value)) handlers.onEvent(event);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    // Ends the connection where a handler threw.
    silence.abort();
  }
}
