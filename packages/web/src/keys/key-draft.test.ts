import { NewApiKeyRequest } from '@headspace/contract';
import { expect, test } from 'vitest';
import { EMPTY_DRAFT, requestOf, withScope } from './key-draft.ts';

test('what is typed becomes a request that the server takes', () => {
  const draft = { ...EMPTY_DRAFT, name: ' ci ', projects: '/home/dev/shop\n\n /srv/app ' };
  const request = requestOf(draft);
  expect(request).toMatchObject({
    name: 'ci',
    projects: ['/home/dev/shop', '/srv/app'],
    expiresInDays: 90,
    embedOrigins: [],
  });
  expect(NewApiKeyRequest.safeParse(request).success).toBe(true);
  expect(requestOf({ ...draft, expiresInDays: '' }).expiresInDays).toBeNull();
});

test('approving is not among the scopes unless it is chosen', () => {
  expect(requestOf(EMPTY_DRAFT).scopes).not.toContain('agents:approve');
  const more = withScope(EMPTY_DRAFT, 'agents:approve', true);
  expect(requestOf(more).scopes).toContain('agents:approve');
  expect(requestOf(withScope(more, 'agents:stop', false)).scopes).not.toContain('agents:stop');
});
