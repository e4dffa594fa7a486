/** How long a wait may take and how often it looks. */
export interface WaitOptions {
  /** Milliseconds until the wait fails; default 30,000. */
  readonly timeoutMs?: number;
  /** Milliseconds between two looks; default 25. */
  readonly everyMs?: number;
  /** Text for the error, a function where it should tell the last thing seen. */
  readonly what?: string | (() => string);
}

/**
 * Looks again and again until `look` gives a value other than undefined, null or false, and resolves to it.
 * For conditions outside this process, where no event can be awaited.
 * @throws Error that names `what` after `timeoutMs`; an error of `look` itself arrives unchanged.
 */
export async function waitUntil<T>(
  look: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  { timeoutMs = 30_000, everyMs = 25, what = 'condition' }: WaitOptions = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== null && seen !== false) return seen;
    if (performance.now() > deadline) {
      const text = typeof what === 'string' ? what : what();
      throw new Error(`not seen within ${timeoutMs} ms: ${text}`);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
