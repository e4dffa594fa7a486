/**
 * The lifecycle events of Claude Code and their payloads. Field names are Claude's own; what it
 * sends is described at https://code.claude.com/docs/en/hooks and was checked against 2.1.197.
 * Unknown fields are kept. An event that is not listed here is stored and shown all the same.
 */
import { z } from 'zod';

/** Every event of Claude Code 2.1.197, plus those announced for later versions. */
export const HOOK_EVENTS = [
  'SessionStart',
  'SessionEnd',
  'UserPromptSubmit',
  'Stop',
  'Notification',
  'PreToolUse',
  'PostToolUse',
  'PermissionRequest',
  'Setup',
  'InstructionsLoaded',
  'UserPromptExpansion',
  'PermissionDenied',
  'PostToolUseFailure',
  'PostToolBatch',
  'StopFailure',
  'SubagentStart',
  'SubagentStop',
  'PreCompact',
  'PostCompact',
  'TaskCreated',
  'TaskCompleted',
  'TeammateIdle',
  'Elicitation',
  'ElicitationResult',
  'ConfigChange',
  'CwdChanged',
  'FileChanged',
  'WorktreeCreate',
  'WorktreeRemove',
  'MessageDisplay',
  'PreModelSwitch',
  'PostModelSwitch',
  'DirectoryAdded',
] as const;
export type HookEventName = (typeof HOOK_EVENTS)[number];

/** Route of an event: `PreToolUse` → `pre-tool-use`, under `/hook/`. */
export function hookSlug(event: string): string {
  return event.replace(/(?<=[a-z0-9])[A-Z]/g, (c) => `-${c}`).toLowerCase();
}

const SLUG_TO_EVENT = new Map(HOOK_EVENTS.map((event) => [hookSlug(event), event]));

/** Event of a route, e.g. `pre-tool-use` → `PreToolUse`; undefined for an unknown slug. */
export function hookEventOfSlug(slug: string): HookEventName | undefined {
  return SLUG_TO_EVENT.get(slug);
}

const text = z.string().optional();
const anything = z.unknown().optional();

/** Fields of every payload. Only `session_id` is required, all else may be missing. */
const common = {
  session_id: z.string().min(1).max(512),
  transcript_path: text,
  cwd: text,
  hook_event_name: text,
  prompt_id: text,
  permission_mode: text,
  agent_id: text,
  agent_type: text,
};

type Common = typeof common;
const payload = <T extends z.ZodRawShape>(shape: T) =>
  // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- it gives the result its type
  z.looseObject({ ...common, ...shape } as Omit<Common, keyof T> & T);

const tool = { tool_name: z.string(), tool_input: anything };
const toolUse = { ...tool, tool_use_id: z.string() };

const backgroundTask = z.looseObject({
  id: z.string(),
  type: z.string(),
  status: z.string(),
  description: text,
});
const stop = {
  stop_hook_active: z.boolean().optional(),
  last_assistant_message: text.nullable(),
  background_tasks: z.array(backgroundTask).optional(),
};

/** One schema per event. */
export const HOOK_PAYLOADS = {
  SessionStart: payload({ source: z.string(), model: text }),
  SessionEnd: payload({ reason: text }),
  UserPromptSubmit: payload({ prompt: z.string() }),
  Stop: payload(stop),
  Notification: payload({ message: text, title: text, notification_type: text }),
  PreToolUse: payload(toolUse),
  PostToolUse: payload({ ...toolUse, tool_response: anything }),
  PermissionRequest: payload({ ...tool, permission_suggestions: anything }),
  Setup: payload({ trigger: text }),
  InstructionsLoaded: payload({ file_path: text, load_reason: text }),
  UserPromptExpansion: payload({ command_name: text, prompt: text }),
  PermissionDenied: payload({ ...toolUse, reason: text }),
  PostToolUseFailure: payload({ ...toolUse, error: anything }),
  PostToolBatch: payload({ tool_calls: z.array(z.looseObject({ tool_use_id: z.string() })) }),
  StopFailure: payload({ error: text, error_details: anything, last_assistant_message: text }),
  SubagentStart: payload({ agent_id: z.string(), agent_type: z.string() }),
  SubagentStop: payload({ agent_id: z.string(), agent_type: text, ...stop }),
  PreCompact: payload({ trigger: text, custom_instructions: anything }),
  PostCompact: payload({ trigger: text, compact_summary: anything }),
  TaskCreated: payload({ task_id: anything }),
  TaskCompleted: payload({ task_id: anything }),
  TeammateIdle: payload({ teammate_name: text }),
  Elicitation: payload({ mcp_server_name: text, message: text, mode: text }),
  ElicitationResult: payload({ mcp_server_name: text, action: text }),
  ConfigChange: payload({ source: text, file_path: text }),
  CwdChanged: payload({ old_cwd: text, new_cwd: text }),
  FileChanged: payload({ file_path: text, event: text }),
  WorktreeCreate: payload({ name: text }),
  WorktreeRemove: payload({ worktree_path: text }),
  MessageDisplay: payload({ message_id: text, final: z.boolean().optional() }),
  PreModelSwitch: payload({}),
  PostModelSwitch: payload({}),
  DirectoryAdded: payload({}),
} as const satisfies Record<HookEventName, z.ZodType>;

/** What any event, also one of a later Claude Code, must have to be stored. */
export const UnknownHookPayload = payload({});
export type HookPayload<E extends HookEventName> = z.infer<(typeof HOOK_PAYLOADS)[E]>;

/**
 * Optional request headers of a hook (all lower case here, as servers see them).
 * `X-Tmux` is the value of `$TMUX` (`socket,pid,session`), `X-Tmux-Pane` that of `$TMUX_PANE`.
 */
export const HOOK_HEADERS = {
  eventId: 'x-headspace-event-id',
  /** Milliseconds since 1970 at the sender when the hook fired. */
  sentAt: 'x-headspace-sent-at',
  /**
   * Grows with every event of one process of Claude Code: milliseconds since 1970, or one more than
   * the last where the clock has not moved on. Equal for events of the same moment.
   */
  sequence: 'x-headspace-sequence',
  /** `1` for an event from the spool: Claude Code went on without waiting for its delivery. */
  spooled: 'x-headspace-spooled',
  /** Id of the machine (and user) that the hook ran on, made at installation. */
  host: 'x-headspace-host',
  /**
   * `<boot id>:<start of process 1>` (/proc/sys/kernel/random/boot_id, field 22 of /proc/1/stat).
   * Where it is not the receiver's own, the sender is in another pid namespace or boot, so that
   * its pid says nothing here. Missing where there is no /proc.
   */
  pidNamespace: 'x-headspace-pid-namespace',
  /** Uuid of the launch that started this process; from `$HEADSPACE_LAUNCH`. */
  launch: 'x-headspace-launch',
  claudePid: 'x-claude-pid',
  /** Start time of that process: field 22 of /proc/<pid>/stat. Tells a reused pid. */
  procStart: 'x-claude-proc-start',
  /** `$CLAUDE_CODE_ENTRYPOINT`: `cli`, or `sdk-cli` for `claude -p`. */
  entrypoint: 'x-claude-entrypoint',
  tmux: 'x-tmux',
  tmuxPane: 'x-tmux-pane',
} as const;
