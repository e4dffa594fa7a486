/** What is typed for a new key, and the request that it makes. Pure. */
import type { ApiKeyScope, NewApiKeyRequest } from '@headspace/contract';

export interface KeyDraft {
  readonly name: string;
  /** One path on each line. */
  readonly projects: string;
  readonly scopes: ReadonlySet<ApiKeyScope>;
  readonly maxAgents: string;
  readonly maxPerHour: string;
  /** Empty: it never ends by itself. */
  readonly expiresInDays: string;
  /** One origin on each line. */
  readonly embedOrigins: string;
}

/** Allowing things that a person would be asked about is to be chosen, not overlooked. */
export const EMPTY_DRAFT: KeyDraft = {
  name: '',
  projects: '',
  scopes: new Set(['agents:create', 'agents:read', 'agents:prompt', 'agents:stop']),
  maxAgents: '5',
  maxPerHour: '60',
  expiresInDays: '90',
  embedOrigins: '',
};

export function requestOf(draft: KeyDraft): NewApiKeyRequest {
  return {
    name: draft.name.trim(),
    projects: linesOf(draft.projects),
    scopes: [...draft.scopes],
    maxAgents: Number(draft.maxAgents),
    maxPerHour: Number(draft.maxPerHour),
    expiresInDays: draft.expiresInDays.trim() === '' ? null : Number(draft.expiresInDays),
    embedOrigins: linesOf(draft.embedOrigins),
  };
}

export function withScope(draft: KeyDraft, scope: ApiKeyScope, on: boolean): KeyDraft {
  const scopes = new Set(draft.scopes);
  if (on) scopes.add(scope);
  else scopes.delete(scope);
  return { ...draft, scopes };
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}
