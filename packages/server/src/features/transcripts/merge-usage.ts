/**
 * A message's tokens out of the entries that carry it. Claude Code writes an entry for each block of
 * a message, all with the message's id; the first ones can tell less than the last. Of each count
 * the greatest is taken. ccusage does the same with the entry that has the most tokens. Pure.
 */
import type { EntryUsage } from './digest.ts';

/** One row for each message, in the order of their first entries. */
export function mergeMessages(usage: readonly EntryUsage[]): EntryUsage[] {
  const messages = new Map<string, EntryUsage>();
  for (const one of usage) {
    const known = messages.get(one.messageId);
    messages.set(one.messageId, known === undefined ? one : larger(known, one));
  }
  return [...messages.values()];
}

function larger(a: EntryUsage, b: EntryUsage): EntryUsage {
  return {
    ...a,
    model: a.model ?? b.model,
    fast: a.fast || b.fast,
    input: Math.max(a.input, b.input),
    cacheCreation: Math.max(a.cacheCreation, b.cacheCreation),
    cacheCreation1h: Math.max(a.cacheCreation1h, b.cacheCreation1h),
    cacheRead: Math.max(a.cacheRead, b.cacheRead),
    output: Math.max(a.output, b.output),
    at: Math.min(a.at, b.at),
    promptId: a.promptId ?? b.promptId,
    awaits: a.promptId === null && b.promptId === null ? (a.awaits ?? b.awaits) : null,
  };
}
