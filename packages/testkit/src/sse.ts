/** A reader of server-sent events for tests: each event as it was sent. */

export interface SseEvent {
  /** Undefined where the event carried none. */
  readonly id: string | undefined;
  /** Undefined for a block without `event:`. */
  readonly type: string | undefined;
  /** Undefined for a block without `data:`. */
  readonly data: string | undefined;
  readonly comment: boolean;
}

export interface SseOptions {
  readonly token: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Blocks of the stream in order until the server ends it. Throws for an answer other than 200. */
export async function* readSse(
  url: string,
  { token, headers, signal }: SseOptions,
): AsyncGenerator<SseEvent, void, void> {
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${token}`, ...headers },
    ...(signal === undefined ? {} : { signal }),
  });
  if (response.status !== 200 || response.body === null) {
    throw new Error(`the stream answered ${String(response.status)}: ${await response.text()}`);
  }
  let rest = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    yield* blocks.map(parseBlock);
  }
}

function parseBlock(block: string): SseEvent {
  const field = (name: string): string | undefined => {
    const values = block
      .split('\n')
      .filter((line) => line.startsWith(`${name}:`))
      .map((line) => line.slice(name.length + 1).replace(/^ /, ''));
    return values.length === 0 ? undefined : values.join('\n');
  };
  return {
    id: field('id'),
    type: field('event'),
    data: field('data'),
    comment: block.startsWith(':'),
  };
}
