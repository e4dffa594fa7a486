/**
 * Who answers a dialog claims it first, in the agent's row and under its lock. So of two answers one
 * is given, whichever process takes them and however slowly the screen follows. Pure.
 */
import type { Activity, Dialog } from './activity.ts';

export interface DialogClaim {
  /** Of the dialog as the screen showed it. */
  fingerprint: string;
  /** Of the request that was answered; null where the answer was to what the screen showed. */
  hookEventId: number | null;
  /** Milliseconds since 1970. */
  at: number;
}

type Claims = Pick<Activity, 'claim' | 'dialogs'>;

/**
 * For so long nobody else answers: more than all keys take. A dialog that still stands there after it
 * was not answered, since the key was lost or the claimant died before it.
 */
export const CLAIM_MS = 5_000;

/** Null where it is taken; then somebody else has answered or is about to. */
export function claimDialog(activity: Claims, claim: DialogClaim): DialogClaim | null {
  if (isClaimed(activity, claim, claim.at)) return null;
  activity.claim = claim;
  return claim;
}

/**
 * Whether somebody has answered this dialog a moment ago. The request counts beside the fingerprint,
 * which changes while a reason is typed.
 */
export function isClaimed(
  { claim }: Claims,
  { fingerprint, hookEventId }: Omit<DialogClaim, 'at'>,
  now: number,
): boolean {
  if (claim === null || claim === undefined || now - claim.at >= CLAIM_MS) return false;
  const sameRequest = hookEventId !== null && claim.hookEventId === hookEventId;
  return sameRequest || claim.fingerprint === fingerprint;
}

/** Gives back a claim after which nothing was pressed. */
export function releaseClaim(activity: Claims, claim: DialogClaim): void {
  if (activity.claim?.at === claim.at && activity.claim.fingerprint === claim.fingerprint) {
    activity.claim = null;
  }
}

/** Whether the last answer went to this dialog. */
export function isAnswered({ claim }: Claims, dialog: Pick<Dialog, 'hookEventId'>): boolean {
  const id = dialog.hookEventId ?? null;
  return id !== null && claim?.hookEventId === id;
}

/** A new dialog opens: a claim to one that is known to be gone must not stand in its way. */
export function forgetClaim(activity: Claims): void {
  const { claim, dialogs } = activity;
  if (claim === null || claim === undefined) return;
  const isOpen =
    claim.hookEventId === null
      ? dialogs.length > 0
      : dialogs.some(({ hookEventId }) => hookEventId === claim.hookEventId);
  if (!isOpen) activity.claim = null;
}
