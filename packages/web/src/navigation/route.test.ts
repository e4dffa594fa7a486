import { expect, test } from 'vitest';
import { parseRoute, routeHref } from './route.ts';

test.each([
  ['', { name: 'board' }],
  ['#/', { name: 'board' }],
  ['#/agent/12', { name: 'agent', id: 12 }],
  ['#/agent/x', { name: 'board' }],
  ['#/server', { name: 'server' }],
  ['#/settings', { name: 'settings' }],
  ['#/personas', { name: 'personas' }],
  ['#/keys', { name: 'keys' }],
  ['#token=a%2Bb', { name: 'token', token: 'a+b' }],
  ['#token=', { name: 'board' }],
])('address %s', (hash, route) => {
  expect(parseRoute(hash)).toEqual(route);
});

test('an address made is read back', () => {
  expect(parseRoute(routeHref({ name: 'agent', id: 7 }))).toEqual({ name: 'agent', id: 7 });
  for (const name of ['server', 'settings', 'personas', 'keys', 'board'] as const) {
    expect(parseRoute(routeHref({ name }))).toEqual({ name });
  }
});
