/** One round trip for one key: take it, take a slot of a semaphore, or look whether to let others join. */
import type { LockMode } from '../keys.ts';
import type { ClaimResult, TryAsk, TryResult } from '../session/operations.ts';
import { SessionLostError, type Session } from '../session/session.ts';
import type { KeyQueue, Hold } from './key-queue.ts';
import type { MachineParts } from './key-machine.ts';

/** Failed statements in a row after which a key's callers get the error. */
export const MAX_FAILURES = 3;
/** How long a shared request lets exclusive ones of other processes go first. */
const SHARED_PATIENCE_MS = 1_000;

/** What the server said; null when nobody wanted to know any more. */
export type Answer = Hold | 'refused' | 'shared requests may join' | null;

export function isHold(answer: Answer): answer is Hold {
  return typeof answer === 'object' && answer !== null;
}

export interface AskHow {
  /** The shared hold that the first request wants to join, else null. */
  readonly joining: Hold | null;
  /** Take it or leave it: no intent is shown, which the quickest statement cannot do. */
  readonly plain: boolean;
}

export async function askServer(
  parts: MachineParts,
  queue: KeyQueue,
  { joining, plain }: AskHow,
): Promise<Answer> {
  const session = joining?.session ?? sessionNow(parts, queue) ?? (await openSession(parts, queue));
  if (joining === null && parts.guard.isNeeded()) {
    if (parts.guard.mustLook()) await parts.guard.look();
    parts.guard.admit(queue.key);
  }
  const head = queue.requests[0];
  if (head === undefined) return null;
  const showInterest = queue.contended && queue.interestOn === null;
  if (queue.slots !== null) return claimSlot(queue, queue.slots, session, showInterest);
  const mode: LockMode = head.options.shared ? 'shared' : 'exclusive';
  const ask: TryAsk = {
    mode: joining === null ? mode : 'look',
    showInterest,
    defer: head.options.shared && head.waitMs < SHARED_PATIENCE_MS,
    showIntent: queue.contended && !plain && queue.intentOn === null,
  };
  const result = await session.tryLock(queue.key, ask);
  noteShown(queue, session, result);
  if (result.token === null) return 'refused';
  if (joining === null) return newHold(queue.key, mode, session, result.token);
  joining.baseToken = result.token;
  joining.since = parts.settings.runtime.now();
  joining.handOvers = 0;
  return 'shared requests may join';
}

/** Interest and intent stay on one session, and so does what is asked while they are shown. */
function sessionNow({ sessions }: MachineParts, queue: KeyQueue): Session | null {
  return queue.interestOn ?? queue.intentOn ?? sessions.ready(queue.key);
}

async function openSession({ sessions }: MachineParts, queue: KeyQueue): Promise<Session> {
  try {
    return await sessions.forKey(queue.key);
  } catch (error) {
    // It was tried several times; the callers shall know now.
    queue.failures = MAX_FAILURES;
    throw error;
  }
}

async function claimSlot(
  queue: KeyQueue,
  slots: NonNullable<KeyQueue['slots']>,
  session: Session,
  showInterest: boolean,
): Promise<Answer> {
  // A session may take its own lock again, so slots that we have are no candidates. One whose release
  // is under way is free by then: a session sends releases first.
  const ours = new Set([...queue.holds].map((hold) => hold.key));
  const free = slots.filter((slot) => !ours.has(slot));
  const result = await session.claim(queue.key, free, showInterest);
  noteShown(queue, session, result);
  if (result.key === null || result.token === null) return 'refused';
  return newHold(result.key, 'exclusive', session, result.token);
}

function noteShown(queue: KeyQueue, session: Session, result: TryResult | ClaimResult): void {
  if (!session.ready) throw new SessionLostError('the session ended with the answer');
  if (result.shown) queue.interestOn = session;
  if ('intended' in result && result.intended) queue.intentOn = session;
}

function newHold(key: KeyQueue['key'], mode: LockMode, session: Session, baseToken: bigint): Hold {
  const since = session.answeredAt;
  return { key, mode, session, baseToken, since, handOvers: 0, holders: new Set() };
}
