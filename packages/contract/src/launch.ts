/** Launches: Claude Code started by Headspace, in a tmux session of its own. */
import { z } from 'zod';
import { PromptKey } from './prompt.ts';

/**
 * Where a launch stands.
 *
 * - `requested`: stored; a server of its host will start it
 * - `starting`: Claude Code is being started, or has not reported yet; `reason` says what it waits for
 * - `running`: its agent is there
 * - `ended`: its agent was there and has ended
 * - `failed`: it never became an agent; `reason` says why, and its terminal has been closed
 * - `stopping`, `stopped`: ended on request
 */
export const LAUNCH_STATES = [
  'requested',
  'starting',
  'running',
  'ended',
  'failed',
  'stopping',
  'stopped',
] as const;
export const LaunchState = z.enum(LAUNCH_STATES);
export type LaunchState = z.infer<typeof LaunchState>;

/** Who asked: a person, a program with an API key, or a handoff to a successor. */
export const LAUNCH_PURPOSES = ['person', 'remote', 'handoff'] as const;
export const LaunchPurpose = z.enum(LAUNCH_PURPOSES);
export type LaunchPurpose = z.infer<typeof LaunchPurpose>;

/** Claude Code's `--permission-mode` (2.1.197); without one its own setting decides. */
export const PERMISSION_MODES = ['default', 'acceptEdits', 'plan', 'dontAsk'] as const;

/** Name of a persona: its folder under HEADSPACE_HOME/personas. */
export const PersonaSlug = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be lower-case words joined by single hyphens');

/** An alias such as `opus` or a full name, as Claude Code's `--model` takes it. */
export const ModelName = z
  .string()
  .max(100)
  .regex(/^[A-Za-z0-9][\w.:@/[\]-]*$/, 'must begin with a letter or digit and hold no blanks');

/** Body of `POST /api/launches`. */
export const NewLaunchRequest = z.strictObject({
  /** Absolute path of the project's directory on the server's machine. */
  path: z.string().min(1).max(4096),
  persona: PersonaSlug.optional(),
  /** Sent as the first prompt once Claude Code is ready. */
  prompt: z.string().min(1).optional(),
  model: ModelName.optional(),
  permissionMode: z.enum(PERMISSION_MODES).optional(),
  /** Idempotency key, as the header `Idempotency-Key`: the same again is the same launch. */
  key: PromptKey.optional(),
});
export type NewLaunchRequest = z.infer<typeof NewLaunchRequest>;

export const LaunchView = z.object({
  id: z.number().int(),
  uuid: z.uuid(),
  purpose: LaunchPurpose,
  state: LaunchState,
  /** What it waits for, or why it failed; null where there is nothing to say. */
  reason: z.string().nullable(),
  path: z.string(),
  persona: z.string().nullable(),
  model: z.string().nullable(),
  permissionMode: z.enum(PERMISSION_MODES).nullable(),
  agentId: z.number().int().nullable(),
  host: z.string(),
  /** `tmux attach -t <name>` shows it. */
  tmuxSession: z.string(),
  tmuxSocket: z.string().nullable(),
  tmuxPane: z.string().nullable(),
  createdAt: z.iso.datetime(),
  changedAt: z.iso.datetime(),
  /** Until then Claude Code must have reported. */
  deadlineAt: z.iso.datetime(),
});
export type LaunchView = z.infer<typeof LaunchView>;

/** `GET /api/launches`, newest first. */
export const LaunchList = z.object({ launches: z.array(LaunchView) });
export type LaunchList = z.infer<typeof LaunchList>;
