/** Words for what a key may do. */
import type { ApiKeyScope } from '@headspace/contract';

export const SCOPE_WORDS: Readonly<Record<ApiKeyScope, string>> = {
  'agents:create': 'Start agents',
  'agents:read': 'Read how they stand and what they say',
  'agents:prompt': 'Say something to them',
  'agents:approve': 'Answer their permission dialogs',
  'agents:stop': 'Stop them',
};

export const SCOPES = Object.keys(SCOPE_WORDS) as ApiKeyScope[];

/** `agents:create` → `create`: every scope is about agents. */
export const shortScope = (scope: ApiKeyScope): string => scope.replace('agents:', '');
