import type { AdvisoryLockErrorCode } from './errors.ts';
import type { LockKey } from './keys.ts';

/** What a caller may say about a key: two integers, or one 64-bit number. */
export interface KeyFields {
  readonly namespace: number | null;
  readonly id: number | null;
  readonly key: bigint | null;
}

export interface RequestFields extends KeyFields {
  readonly purpose: string | null;
  readonly shared: boolean;
  /** Milliseconds from the call to this event's decision. */
  readonly waitMs: number;
}

/** What happened, for metrics and logs. Times are milliseconds. */
export type AdvisoryLockEvent =
  | (RequestFields & {
      readonly type: 'acquired';
      readonly token: bigint;
      /** True when the lock came from the previous holder in this process, without the server. */
      readonly handedOver: boolean;
    })
  | (RequestFields & { readonly type: 'released'; readonly holdMs: number })
  | (RequestFields & { readonly type: 'timeout' | 'aborted' })
  | (RequestFields & { readonly type: 'skipped'; readonly reason: 'busy' | 'reentrant' })
  | (RequestFields & {
      readonly type: 'failed';
      readonly code: AdvisoryLockErrorCode;
      readonly error: Error;
    })
  | (RequestFields & { readonly type: 'lost'; readonly holdMs: number; readonly error: Error })
  | (RequestFields & {
      readonly type: 'release_failed';
      readonly holdMs: number;
      readonly error: Error;
    })
  | { readonly type: 'session_opened'; readonly pid: number }
  | { readonly type: 'session_lost'; readonly pid: number; readonly error: Error }
  /** A statement failed; the session's locks were read back and put right. */
  | {
      readonly type: 'session_reconciled';
      readonly pid: number;
      readonly error: Error;
      readonly releasedUnknown: number;
      readonly missing: number;
    }
  /** Two names have one key: each keeps the other waiting. */
  | { readonly type: 'name_collision'; readonly key: bigint; readonly names: readonly string[] }
  | { readonly type: 'notify_failed'; readonly error: Error };

export type EmitEvent = (event: AdvisoryLockEvent) => void;

/** Wrap the user's callback so that it can never break the lock path. */
export function safeEmitter(onEvent: EmitEvent | undefined): EmitEvent {
  if (onEvent === undefined) return () => {};
  return (event) => {
    try {
      onEvent(event);
    } catch {
      // A failing metrics hook is its owner's business; the lock goes on.
    }
  };
}

export function keyFields(key: LockKey): KeyFields {
  return { namespace: key.namespace, id: key.id, key: key.wide };
}
