/**
 * Fingerprint of a tool call. PermissionRequest carries no tool_use_id, so it is paired with the
 * open PreToolUse of the same tool, input and subagent.
 */

/** Equal for equal tool, input (whatever the order of its keys) and subagent. */
export function inputKey(tool: string, input: unknown, subagent: string | null): string {
  return hash53(`${tool}\u0000${subagent ?? ''}\u0000${canonical(input)}`);
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

/** cyrb53, a public-domain 53-bit string hash: enough to tell a handful of open calls apart. */
function hash53(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36);
}
