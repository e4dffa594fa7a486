/** Subagents: work of the agent that started them, also after its turn is over. */
import type { Draft } from '../draft.ts';
import { bound, LIMITS } from '../activity.ts';
import type { HookOf } from '../hook.ts';
import { atWork } from './tools.ts';

export function subagentStart(draft: Draft, hook: HookOf<'SubagentStart'>): string {
  const { activity } = draft;
  const { agent_id: id, agent_type: type } = hook.payload;
  activity.subagents[id] ??= { type, since: hook.at };
  bound(activity.subagents, LIMITS.subagents);
  atWork(draft, hook);
  return `subagent starts: ${type}`;
}

export function subagentStop(draft: Draft, hook: HookOf<'SubagentStop'>): string {
  const { activity } = draft;
  const { agent_id: id, agent_type: type } = hook.payload;
  // An empty type is a fork of the CLI's own (compaction, prompt suggestions).
  if (type === undefined || type === '') return 'internal fork of Claude Code; no change';
  activity.dialogs = activity.dialogs.filter((dialog) => dialog.subagent !== id);
  for (const [toolId, tool] of Object.entries(activity.tools)) {
    if (tool.subagent === id) delete activity.tools[toolId];
  }
  const inBackground = activity.turn !== 'running' && activity.subagents[id] !== undefined;
  if (inBackground && Object.keys(activity.subagents).length === 1) {
    // Its result starts a turn at once, announced by a task notification; until then it is work.
    return `background subagent ended: ${type}; its result follows`;
  }
  delete activity.subagents[id];
  return `subagent ended: ${type}`;
}
