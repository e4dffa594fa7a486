import { describe, expect, test } from 'vitest';
import { freshActivity } from './activity.ts';
import { CLAIM_MS, claimDialog, releaseClaim } from './dialog-claim.ts';

const claim = (at: number, hookEventId: number | null = 7, fingerprint = 'one') => ({
  fingerprint,
  hookEventId,
  at,
});

describe('a claim to a dialog', () => {
  test('is given once, for the request and for what the screen shows', () => {
    const activity = freshActivity(0);
    expect(claimDialog(activity, claim(100))).toEqual(claim(100));
    expect(claimDialog(activity, claim(200))).toBeNull();
    expect(claimDialog(activity, claim(200, 7, 'with a reason'))).toBeNull();
    expect(claimDialog(activity, claim(200, null))).toBeNull();
    expect(claimDialog(activity, claim(200, 8, 'two'))).not.toBeNull();
  });

  test('ends by its time, for the key of a claimant that died was never pressed', () => {
    const activity = freshActivity(0);
    claimDialog(activity, claim(100));
    expect(claimDialog(activity, claim(99 + CLAIM_MS))).toBeNull();
    expect(claimDialog(activity, claim(100 + CLAIM_MS))).not.toBeNull();
  });

  test('is given back by its holder only', () => {
    const activity = freshActivity(0);
    claimDialog(activity, claim(100));
    releaseClaim(activity, claim(50));
    expect(activity.claim).toEqual(claim(100));
    releaseClaim(activity, claim(100));
    expect(activity.claim).toBeNull();
  });
});
