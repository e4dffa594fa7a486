import { expect, test } from 'vitest';
import { agentOf } from './agent-builder.ts';
import { hasManyHosts, shortHost } from './host-name.ts';

test('an id is shortened, a name is not', () => {
  expect(shortHost('9682fecc-8b44-4aa4-b22a-a87faec82062')).toBe('9682fecc');
  expect(shortHost('build-box-1')).toBe('build-box-1');
});

test('tells one machine from several', () => {
  expect(hasManyHosts([])).toBe(false);
  expect(hasManyHosts([agentOf({ id: 1 }), agentOf({ id: 2 })])).toBe(false);
  expect(hasManyHosts([agentOf({ id: 1 }), agentOf({ id: 2, host: 'other' })])).toBe(true);
});
