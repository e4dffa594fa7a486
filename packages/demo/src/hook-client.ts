/** Sends hooks as the installed hook script does: in order, with marks, until they are taken. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { HOOK_HEADERS, hookSlug } from '@headspace/contract';
import type { Target } from './play-target.ts';

/** The process and terminal that an event comes from. */
export interface Marks {
  readonly pid: number;
  /** Field 22 of /proc/<pid>/stat. */
  readonly procStart: string;
  readonly pane: string;
  readonly entrypoint: 'cli' | 'sdk-cli';
}

const TMUX = '/tmp/tmux-demo/default,4190000,0';
const FIRST_RETRY_MS = 200;
const LONGEST_RETRY_MS = 2_000;

/**
 * Sends one event and resolves once the server has it on disk. While the server is away it tries
 * again under the same event id. Throws for an answer that another try cannot change, and what
 * the signal says when it fires.
 */
export async function sendHook(
  target: Target,
  event: string,
  payload: unknown,
  marks: Marks,
  signal: AbortSignal,
): Promise<void> {
  const request = {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Bearer ${target.hookToken}`,
      [HOOK_HEADERS.eventId]: randomUUID(),
      [HOOK_HEADERS.sentAt]: String(Date.now()),
      [HOOK_HEADERS.host]: target.host,
      [HOOK_HEADERS.claudePid]: String(marks.pid),
      [HOOK_HEADERS.procStart]: marks.procStart,
      [HOOK_HEADERS.entrypoint]: marks.entrypoint,
      [HOOK_HEADERS.tmux]: TMUX,
      [HOOK_HEADERS.tmuxPane]: marks.pane,
    },
    body: JSON.stringify(payload),
    signal,
  };
  let retryMs = FIRST_RETRY_MS;
  while (!(await isTaken(`${target.url}/hook/${hookSlug(event)}`, request))) {
    await delay(retryMs, undefined, { signal });
    retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
  }
}

/** False where the server is away or asks to come again. */
async function isTaken(url: string, request: RequestInit & { signal: AbortSignal }) {
  let answer: Response;
  try {
    answer = await fetch(url, request);
  } catch (error) {
    request.signal.throwIfAborted();
    if (error instanceof TypeError) return false; // fetch says so for every network error
    throw error;
  }
  const text = await answer.text();
  if (answer.ok) return true;
  if (answer.status >= 500) return false;
  throw new Error(`${url} answered ${String(answer.status)}: ${text}`);
}
