/** Decisions that agents wait for: permission to use a tool, approval of a plan. Times are ISO 8601 in UTC. */
import { z } from 'zod';
import { KeyResult } from './terminal.ts';

export const APPROVAL_KINDS = ['permission', 'plan'] as const;
export const APPROVAL_DECISIONS = ['allow', 'deny'] as const;
/**
 * How far an `allow` reaches: this one call, the rest of the session, or every later one (a rule that
 * Claude Code writes into its settings). What a dialog offers is in `scopes`.
 */
export const APPROVAL_SCOPES = ['once', 'session', 'always'] as const;
export type ApprovalScope = (typeof APPROVAL_SCOPES)[number];

export const ApprovalView = z.object({
  /** Of this very request: the next one has another, also if it asks the same. */
  id: z.number().int(),
  agent: z.object({ id: z.number().int(), name: z.string() }),
  kind: z.enum(APPROVAL_KINDS),
  tool: z.string(),
  /** One line: the tool and its target, or the title of the plan. Secrets are redacted. */
  summary: z.string(),
  /** Type of the subagent that asks; null for the agent itself. */
  subagent: z.string().nullable(),
  since: z.iso.datetime(),
  /** What `POST /api/approvals/:id` can do now; empty where nothing, and `why` says the reason. */
  decisions: z.array(z.enum(APPROVAL_DECISIONS)),
  /** The scopes that its dialog offers for `allow`. */
  scopes: z.array(z.enum(APPROVAL_SCOPES)),
  /** Its dialog takes a reason for a `deny`. */
  takesReason: z.boolean(),
  /** Why it cannot be decided from here now; null where it can. */
  why: z.string().nullable(),
});
export type ApprovalView = z.infer<typeof ApprovalView>;

/** `GET /api/approvals`: what agents wait for, oldest first. Questions and forms are not among it. */
export const ApprovalList = z.object({ approvals: z.array(ApprovalView) });
export type ApprovalList = z.infer<typeof ApprovalList>;

/** Longest reason; Claude Code folds what is longer, so that it could not be seen to have arrived. */
export const APPROVAL_REASON_LIMIT = 600;

/** Body of `POST /api/approvals/:id`. */
export const ApprovalDecision = z
  .strictObject({
    decision: z.enum(APPROVAL_DECISIONS),
    /** With `deny`: what Claude is told to do differently. Its turn then goes on. */
    reason: z.string().trim().min(1).max(APPROVAL_REASON_LIMIT).optional(),
    /** With `allow`; `once` where left out. */
    scope: z.enum(APPROVAL_SCOPES).optional(),
  })
  .refine(({ decision, reason }) => decision === 'deny' || reason === undefined, {
    path: ['reason'],
    message: 'goes with deny only',
  })
  .refine(({ decision, scope }) => decision === 'allow' || scope === undefined, {
    path: ['scope'],
    message: 'goes with allow only',
  });
export type ApprovalDecision = z.infer<typeof ApprovalDecision>;

/** Answer to `POST /api/approvals/:id`. `done`: the dialog was seen to close. */
export const ApprovalResult = KeyResult.extend({
  id: z.number().int(),
  decision: z.enum(APPROVAL_DECISIONS),
  /** Null for `deny`. */
  scope: z.enum(APPROVAL_SCOPES).nullable(),
});
export type ApprovalResult = z.infer<typeof ApprovalResult>;
