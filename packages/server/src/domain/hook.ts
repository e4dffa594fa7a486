/** A hook event as the rules see it: parsed, timed, and with the fields all events share. */
import type { HookEventName, HookPayload } from '@headspace/contract';

/** One member per event, so that a `switch` on `name` narrows the payload. */
export type Hook = {
  [E in HookEventName]: HookCommon & { name: E; payload: HookPayload<E> };
}[HookEventName];

export interface HookCommon {
  /** The inbox row; null for one that was never stored (tests). */
  inboxId: number | null;
  /** When it took effect: milliseconds since 1970 by the server's clock. */
  at: number;
}

export type HookOf<E extends HookEventName> = Extract<Hook, { name: E }>;

/** The subagent that an event comes from, or null for the agent itself. */
export function subagentOf(hook: Hook): string | null {
  return hook.payload.agent_id ?? null;
}

/** A prompt that Claude Code made itself when background work ended. */
export function isTaskNotification(prompt: string): boolean {
  return prompt.trimStart().startsWith('<task-notification>');
}
