/** What a person has begun to write to each agent: outlives the panel and a reload of the page. */

export interface Draft {
  text: string;
  command: boolean;
  /** Idempotency key of the last try, which may have arrived; null before the first. */
  triedKey: string | null;
}

export const NO_DRAFT: Draft = { text: '', command: false, triedKey: null };

type Storage = Pick<globalThis.Storage, 'getItem' | 'setItem' | 'removeItem'>;

const nameOf = (agentId: number): string => `headspace draft ${agentId}`;

export function loadDraft(storage: Storage, agentId: number): Draft {
  try {
    const kept: unknown = JSON.parse(storage.getItem(nameOf(agentId)) ?? 'null');
    return isDraft(kept) ? kept : NO_DRAFT;
  } catch {
    return NO_DRAFT;
  }
}

/** A full or closed storage is no reason to stop somebody from writing. */
export function keepDraft(storage: Storage, agentId: number, draft: Draft): void {
  try {
    if (draft.text === '') storage.removeItem(nameOf(agentId));
    else storage.setItem(nameOf(agentId), JSON.stringify(draft));
  } catch {
    // Then it is gone with the page.
  }
}

/** Other words are another message: the key of the last try does not name it. */
export function withText(draft: Draft, text: string): Draft {
  return text === draft.text ? draft : { ...draft, text, triedKey: null };
}

export function withCommand(draft: Draft, command: boolean): Draft {
  return command === draft.command ? draft : { ...draft, command, triedKey: null };
}

function isDraft(value: unknown): value is Draft {
  if (typeof value !== 'object' || value === null) return false;
  const { text, command, triedKey } = value as Record<string, unknown>;
  const isKey = triedKey === null || typeof triedKey === 'string';
  return typeof text === 'string' && typeof command === 'boolean' && isKey;
}
