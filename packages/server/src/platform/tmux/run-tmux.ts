/** One call of the tmux program: no shell, a time limit, bounded output, text from stdin. */
import { execFile } from 'node:child_process';

export interface TmuxCall {
  readonly program: string;
  readonly socket: string;
  readonly args: readonly string[];
  /** What the call reads from stdin. */
  readonly input?: string;
  readonly timeoutMs: number;
  /** Default: this process's own. A tmux server that the call starts keeps it. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export type TmuxAnswer =
  | { readonly kind: 'ok'; readonly stdout: string; readonly stderr: string }
  /** tmux itself said no; `stdout` is what came before. */
  | { readonly kind: 'failed'; readonly stdout: string; readonly stderr: string }
  /** No answer: too slow, too long, aborted, or no tmux program here. */
  | { readonly kind: 'unknown'; readonly why: string };

/** 100 panes of 500 x 100 coloured characters. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Never rejects: a tmux that cannot be asked is an answer of its own. */
export function runTmux(call: TmuxCall): Promise<TmuxAnswer> {
  const { program, socket, args, input, timeoutMs, signal, env } = call;
  const { promise, resolve } = Promise.withResolvers<TmuxAnswer>();
  // -u: the titles and screens are UTF-8, whatever the locale of this process.
  const child = execFile(
    program,
    ['-u', '-S', socket, ...args],
    {
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_OUTPUT_BYTES,
      encoding: 'utf8',
      ...(signal === undefined ? {} : { signal }),
      ...(env === undefined ? {} : { env }),
    },
    (error, stdout, stderr) => {
      if (error === null) resolve({ kind: 'ok', stdout, stderr });
      else if (typeof error.code === 'number') resolve({ kind: 'failed', stdout, stderr });
      else resolve({ kind: 'unknown', why: reasonOf(error, timeoutMs, signal) });
    },
  );
  // A tmux that ended before it had read everything says so by its exit code.
  child.stdin?.on('error', () => undefined);
  child.stdin?.end(input ?? '');
  return promise;
}

function reasonOf(
  error: Error & { code?: unknown; killed?: boolean },
  timeoutMs: number,
  signal: AbortSignal | undefined,
): string {
  if (error.code === 'ENOENT') return 'there is no tmux program on this machine';
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return 'tmux answered too much';
  if (signal?.aborted === true) return 'the question to tmux was given up';
  if (error.killed === true) return `tmux did not answer within ${timeoutMs} ms`;
  return 'tmux could not be asked';
}
