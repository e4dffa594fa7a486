/** Agents that programs start and talk to: `/api/remote-agents`. Times are ISO 8601 in UTC. */
import { z } from 'zod';
import { DialogView, TurnView } from './agent.ts';
import { LaunchState, ModelName, PersonaSlug } from './launch.ts';
import { PromptCounts, PromptKey } from './prompt.ts';
import { TerminalDialog } from './terminal.ts';
import { ATTENTIONS, PROMPT_STATES } from './vocabulary.ts';

const Timestamp = z.iso.datetime();

/** Body of `POST /api/remote-agents`. The header `Idempotency-Key` makes it repeatable. */
export const NewRemoteAgentRequest = z.strictObject({
  /** Absolute path of a directory on the server's machine, or the name of a project. */
  project: z.string().min(1).max(4096),
  persona: PersonaSlug.optional(),
  /** Sent as the first prompt once Claude Code is ready. */
  prompt: z.string().min(1).optional(),
  model: ModelName.optional(),
});
export type NewRemoteAgentRequest = z.infer<typeof NewRemoteAgentRequest>;

export const RemoteAgentView = z.object({
  id: z.uuid(),
  status: LaunchState,
  /** What its start waits for, or why it failed; null where there is nothing to say. */
  reason: z.string().nullable(),
  project: z.object({ name: z.string(), path: z.string() }),
  persona: z.string().nullable(),
  model: z.string().nullable(),
  /** Number of the agent on the dashboard; null until Claude Code has reported. */
  agentId: z.number().int().nullable(),
  /** Null until Claude Code has reported. */
  agent: z
    .object({
      name: z.string(),
      attention: z.enum(ATTENTIONS),
      /** Why, one plain sentence without a full stop. */
      reason: z.string(),
      since: Timestamp,
      dialogs: z.array(DialogView),
      prompts: PromptCounts,
      /** How full its context window is, 0 to 100; null where that is not known. */
      contextPercent: z.number().int().nullable(),
      endedAt: Timestamp.nullable(),
    })
    .nullable(),
  /** The key that started it; null for the operator. */
  key: z.object({ id: z.number().int(), name: z.string() }).nullable(),
  createdAt: Timestamp,
  /** Until then Claude Code must have reported. */
  deadlineAt: Timestamp,
  /** Changes with everything above; `?after=` waits for another one. */
  version: z.string(),
});
export type RemoteAgentView = z.infer<typeof RemoteAgentView>;

/** `GET /api/remote-agents`: newest first, 200 at most. */
export const RemoteAgentList = z.object({ agents: z.array(RemoteAgentView) });
export type RemoteAgentList = z.infer<typeof RemoteAgentList>;

/**
 * What can be waited for. `idle` and `your_turn` count only while no prompt is on its way. A start
 * that failed and an agent that has ended end every wait.
 */
export const REMOTE_WAITS = ['running', 'idle', 'your_turn', 'needs_you', 'ended'] as const;
export type RemoteWait = (typeof REMOTE_WAITS)[number];

/** Longest wait of one request; ask again for more. */
export const REMOTE_WAIT_LIMIT_MS = 60_000;

/** Query of `GET /api/remote-agents/:id`. */
export const RemoteAgentQuery = z.strictObject({
  /** How long to wait: for another version, or for `until`. */
  waitMs: z.coerce.number().int().min(0).max(REMOTE_WAIT_LIMIT_MS).default(0),
  /** The version that is known; without it the one at the time of asking. */
  after: z.string().max(40).optional(),
  /** One or more of the words, joined by commas: the first that comes ends the wait. */
  until: z
    .string()
    .max(100)
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(REMOTE_WAITS)))
    .optional(),
});
export type RemoteAgentQuery = z.output<typeof RemoteAgentQuery>;

/** Answer to `GET /api/remote-agents/:id`. */
export const RemoteAgentStatus = RemoteAgentView.extend({
  /** False where the time of the wait was over first. */
  reached: z.boolean(),
});
export type RemoteAgentStatus = z.infer<typeof RemoteAgentStatus>;

/** Query of `GET /api/remote-agents/:id/turns`. */
export const RemoteTurnsQuery = z.strictObject({
  /** `next` of the answer before; the beginning without it. */
  after: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  limit: z.coerce.number().int().min(1).max(500).default(100),
});

/**
 * In the order in which they became known, so that going on after `next` misses nothing; `at` tells
 * when they were said. Tools are left out.
 */
export const RemoteTurns = z.object({ turns: z.array(TurnView), next: z.number().int() });
export type RemoteTurns = z.infer<typeof RemoteTurns>;

/** Body of `POST /api/remote-agents/:id/prompts`. A `/` or `!` at the start is text, no command. */
export const NewRemotePrompt = z.strictObject({
  text: z.string().min(1),
  /** Idempotency key, as the header `Idempotency-Key`. */
  key: PromptKey.optional(),
});
export type NewRemotePrompt = z.infer<typeof NewRemotePrompt>;

export const RemotePrompt = z.object({
  id: z.number().int(),
  text: z.string(),
  state: z.enum(PROMPT_STATES),
  /** Why it waits or failed; null where there is nothing to say. */
  reason: z.string().nullable(),
  createdAt: Timestamp,
  acceptedAt: Timestamp.nullable(),
});
export type RemotePrompt = z.infer<typeof RemotePrompt>;

/** `GET /api/remote-agents/:id/approvals`: what its terminal asks at this moment. */
export const RemoteApproval = z.object({
  dialog: TerminalDialog.nullable(),
  /** Why the terminal cannot be looked at; null where it can. */
  why: z.string().nullable(),
});
export type RemoteApproval = z.infer<typeof RemoteApproval>;

/** Answer to `POST /api/remote-agents/:id/approvals`, whose body is an `AnswerRequest`. */
export const RemoteApprovalResult = RemoteApproval.extend({
  /** The dialog is gone, or another. */
  done: z.boolean(),
});
export type RemoteApprovalResult = z.infer<typeof RemoteApprovalResult>;

export const EMBED_ACCESS = ['read', 'prompt'] as const;

/** Body of `POST /api/remote-agents/:id/embed-tokens`. */
export const NewEmbedToken = z.strictObject({
  access: z.enum(EMBED_ACCESS).default('read'),
  ttlSeconds: z.number().int().min(30).max(3600).default(900),
});
export type NewEmbedToken = z.input<typeof NewEmbedToken>;

export const EmbedToken = z.object({
  /** Shown this once: only its hash is kept. */
  token: z.string(),
  access: z.enum(EMBED_ACCESS),
  expiresAt: Timestamp,
  /** Address of the view on this server, with the token behind `#`, which no server ever sees. */
  path: z.string(),
});
export type EmbedToken = z.infer<typeof EmbedToken>;
