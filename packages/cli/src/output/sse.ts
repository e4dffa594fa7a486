/** Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). */
import { StreamMessage } from '@headspace/contract';

/** Messages of the stream until it ends or is aborted; unknown ones are left out. */
export async function* readEvents(
  response: Response,
  signal: AbortSignal,
): AsyncGenerator<StreamMessage> {
  if (!response.ok || !response.body) return;
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    if (signal.aborted) return;
    rest += decoder.decode(chunk, { stream: true });
    const blocks = rest.split(/\r?\n\r?\n/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const message = parse(block);
      if (message) yield message;
    }
  }
}

function parse(block: string): StreamMessage | undefined {
  const data = block
    .split(/\r?\n/)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5).replace(/^ /, ''))
    .join('\n');
  if (data === '') return undefined;
  try {
    return StreamMessage.safeParse(JSON.parse(data)).data;
  } catch {
    return undefined;
  }
}
