/** Tool calls and the dialogs that wait on them. `tool_use_id`, not order, pairs the events. */
import type { Draft } from '../draft.ts';
import { type Activity, bound, type Dialog, LIMITS, remember } from '../activity.ts';
import { forgetClaim, isAnswered } from '../dialog-claim.ts';
import { dialogSummary, toolSummary } from '../display.ts';
import { type Hook, type HookOf, subagentOf } from '../hook.ts';
import { inputKey } from '../input-key.ts';
import { toolMatch } from '../turn-names.ts';
import { endPrompt } from './prompt-id.ts';

export function preToolUse(draft: Draft, hook: HookOf<'PreToolUse'>): string {
  const { activity } = draft;
  const { tool_name: name, tool_input: input, tool_use_id: id } = hook.payload;
  if (activity.closedTools.includes(id)) return 'the tool has already ended';
  if (activity.tools[id] !== undefined) return 'seen before: the tool is already running';
  const subagent = subagentOf(hook);
  const promptId = hook.payload.prompt_id;
  if (subagent === null && promptId !== undefined && activity.pastPromptIds.includes(promptId)) {
    return 'tool of an earlier turn';
  }
  const key = inputKey(name, input, subagent);
  activity.tools[id] = { name, inputKey: key, subagent, at: hook.at };
  bound(activity.tools, LIMITS.tools);
  // A dialog that was announced before its tool call: now they are a pair.
  const dialog = activity.dialogs.find((d) => d.toolUseId === null && d.inputKey === key);
  if (dialog !== undefined) dialog.toolUseId = id;
  atWork(draft, hook);
  return `tool starts: ${name}`;
}

/** PostToolUse, PostToolUseFailure and PermissionDenied: one tool call is over. */
export function toolEnded(
  draft: Draft,
  hook: HookOf<'PostToolUse' | 'PostToolUseFailure' | 'PermissionDenied'>,
): string {
  const { tool_use_id: id } = hook.payload;
  const late = isOver(draft, hook, [id]);
  closeTools(draft.activity, [id]);
  if (late) return 'the tool ended; its turn was already over';
  afterDialogs(draft, hook);
  return `tool ended: ${hook.payload.tool_name}`;
}

/** One step of the model is over: every call it lists is, also those with no event of their own. */
export function postToolBatch(draft: Draft, hook: HookOf<'PostToolBatch'>): string {
  const ids = hook.payload.tool_calls.map((call) => call.tool_use_id);
  const late = isOver(draft, hook, ids);
  closeTools(draft.activity, ids);
  if (late) return 'the step ended; its turn was already over';
  afterDialogs(draft, hook);
  return 'step ended';
}

export function permissionRequest(draft: Draft, hook: HookOf<'PermissionRequest'>): string {
  const { activity } = draft;
  const { tool_name: tool, tool_input: input } = hook.payload;
  const subagent = subagentOf(hook);
  const key = inputKey(tool, input, subagent);
  const open = activity.dialogs.find((dialog) => dialog.inputKey === key);
  if (open !== undefined) {
    // Answered, and asked again before anything told of the answer: another dialog, with another id.
    if (!isAnswered(activity, open)) return 'seen before: this dialog is already open';
    activity.dialogs = activity.dialogs.filter((dialog) => dialog !== open);
  }
  const toolUseId =
    Object.entries(activity.tools).findLast(([, tool]) => tool.inputKey === key)?.[0] ?? null;
  const kind = DIALOG_OF_TOOL[tool] ?? 'permission';
  const summary = dialogSummary(kind, tool, input);
  openDialog(draft, {
    kind,
    toolUseId,
    inputKey: key,
    subagent,
    subagentType: subagent === null ? null : (hook.payload.agent_type ?? null),
    summary,
    since: hook.at,
    hookEventId: hook.inboxId,
  });
  draft.turn({
    actor: 'agent',
    kind: 'question',
    text: summary,
    key: `dialog:${toolUseId ?? `event-${hook.inboxId}`}`,
    promptId: hook.payload.prompt_id ?? null,
    match: toolUseId === null ? null : toolMatch(toolUseId),
  });
  return kind === 'permission' ? 'permission dialog opened' : `${kind} dialog opened`;
}

/** Tools whose dialog is not about permission. */
const DIALOG_OF_TOOL: Readonly<Record<string, 'question' | 'plan'>> = {
  AskUserQuestion: 'question',
  ExitPlanMode: 'plan',
};

export function elicitation(draft: Draft, hook: HookOf<'Elicitation'>): string {
  const { activity } = draft;
  const server = hook.payload.mcp_server_name ?? 'MCP server';
  if (activity.dialogs.some((dialog) => dialog.kind === 'elicitation')) {
    return 'seen before: this form is already open';
  }
  // The form comes from inside a tool, so the permission for that tool has been given.
  activity.dialogs = activity.dialogs.filter((dialog) => dialog.kind !== 'permission');
  openDialog(draft, {
    kind: 'elicitation',
    toolUseId: null,
    inputKey: `elicitation:${server}`,
    subagent: subagentOf(hook),
    subagentType: null,
    summary: toolSummary(server, { description: hook.payload.message ?? '' }),
    since: hook.at,
  });
  return 'form opened';
}

export function elicitationResult(draft: Draft, hook: HookOf<'ElicitationResult'>): string {
  const { activity } = draft;
  activity.dialogs = activity.dialogs.filter((dialog) => dialog.kind !== 'elicitation');
  afterDialogs(draft, hook);
  return `form closed (${hook.payload.action ?? 'answered'})`;
}

function openDialog(draft: Draft, dialog: Dialog): void {
  const { activity } = draft;
  forgetClaim(activity);
  activity.dialogs = [...activity.dialogs, dialog].slice(-LIMITS.dialogs);
  if (activity.turn !== 'running' && dialog.subagent === null) activity.turn = 'running';
  draft.signal('ask');
}

function closeTools(activity: Activity, ids: string[]): void {
  for (const id of ids) {
    delete activity.tools[id];
    remember(activity.closedTools, id, LIMITS.closedTools);
  }
  activity.dialogs = activity.dialogs.filter(
    ({ toolUseId }) => toolUseId === null || !ids.includes(toolUseId),
  );
}

/** Work goes on, unless another dialog is still open. */
function afterDialogs(draft: Draft, hook: Hook): void {
  atWork(draft, hook);
  if (draft.activity.dialogs.length === 0) draft.signal('answered');
}

/**
 * The end of a tool whose turn is over says nothing about the present: background subagents,
 * which outlive the turn, apart. A PreToolUse not seen before does: a Stop hook can send a turn
 * on under the same prompt_id.
 */
function isOver(draft: Draft, hook: Hook, ids: string[]): boolean {
  const { activity } = draft;
  if (subagentOf(hook) !== null || activity.turn === 'running') {
    const promptId = hook.payload.prompt_id;
    return promptId !== undefined && activity.pastPromptIds.includes(promptId);
  }
  return ids.every((id) => activity.tools[id] === undefined);
}

/** The agent or one of its subagents was seen at work. */
export function atWork(draft: Draft, hook: Hook): void {
  const { activity } = draft;
  const subagent = subagentOf(hook);
  if (subagent === null) {
    activity.turn = 'running';
    if (hook.payload.prompt_id !== undefined && hook.payload.prompt_id !== activity.promptId) {
      endPrompt(draft);
      activity.promptId = hook.payload.prompt_id;
    }
    activity.failure = null;
    draft.signal('activity');
  } else if (activity.turn === 'running' || activity.subagents[subagent] !== undefined) {
    if (draft.command?.completedAt === null) draft.signal('activity');
  }
}
