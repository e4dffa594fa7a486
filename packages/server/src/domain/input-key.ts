/**
 * Fingerprint of a tool call. PermissionRequest carries no tool_use_id, so it is paired with the
 * open PreToolUse of the same tool, input and subagent.
 */
import { hashText } from './hash-text.ts';

/** Equal for equal tool, input (whatever the order of its keys) and subagent. */
export function inputKey(tool: string, input: unknown, subagent: string | null): string {
  return hashText(`${tool}\u0000${subagent ?? ''}\u0000${canonical(input)}`);
}

/** Levels that count; far below what the call stack bears. */
const DEEPEST = 200;

function canonical(value: unknown, depth = 0): string {
  if (value !== null && typeof value === 'object' && depth > DEEPEST) return '…';
  if (Array.isArray(value)) return `[${value.map((v) => canonical(v, depth + 1)).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    const fields = entries.map(([k, v]) => `${JSON.stringify(k)}:${canonical(v, depth + 1)}`);
    return `{${fields.join(',')}}`;
  }
  return JSON.stringify(value) ?? 'null';
}
