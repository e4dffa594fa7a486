/** What an agent's terminal shows at a moment, and what a person does about it. */
import { z } from 'zod';

const DIALOG_KINDS = [
  'permission',
  'question',
  'plan',
  'elicitation',
  'trust',
  'api-key',
  'login',
  'model',
  'limit',
  'other',
] as const;

export const TerminalDialog = z.object({
  kind: z.enum(DIALOG_KINDS),
  title: z.string(),
  options: z.array(
    z.object({
      /** The digit that chooses it. */
      key: z.string(),
      label: z.string(),
      /** The arrow stands here. */
      selected: z.boolean(),
      /** Of questions with several answers; null for others. */
      checked: z.boolean().nullable(),
    }),
  ),
  /** Names this very dialog: an answer says which one the person saw. */
  fingerprint: z.string(),
  /** The dialog as it stands there, redacted. */
  lines: z.array(z.string()),
});
export type TerminalDialog = z.infer<typeof TerminalDialog>;

/** `GET /api/agents/:id/terminal`. Read at the moment of asking; nothing of it is stored. */
export const TerminalView = z.object({
  /** `unavailable`: it could not be looked at; `why` says the reason. */
  surface: z.enum(['prompt-box', 'dialog', 'shell', 'unknown', 'unavailable']),
  why: z.string().nullable(),
  working: z.boolean(),
  dialog: TerminalDialog.nullable(),
  /** What somebody has typed and not sent; empty where nothing, null without a prompt box. */
  typed: z.string().nullable(),
  /** Lines that prove it, redacted. */
  lines: z.array(z.string()),
});
export type TerminalView = z.infer<typeof TerminalView>;

/** `POST /api/agents/:id/answer`: presses one key in the dialog that the person saw. */
export const AnswerRequest = z.strictObject({
  option: z.union([z.number().int().min(1).max(9), z.literal('escape')]),
  /** `fingerprint` of the dialog that the person saw. */
  expect: z.string().min(1).max(64),
});
export type AnswerRequest = z.infer<typeof AnswerRequest>;

/** Answer to `POST …/interrupt` and `POST …/answer`. */
export const KeyResult = z.object({
  /** The effect was seen: the turn has stopped, the dialog is gone or another. */
  done: z.boolean(),
  /** The terminal after it. */
  terminal: TerminalView,
});
export type KeyResult = z.infer<typeof KeyResult>;
