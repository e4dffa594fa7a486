import { expect, test } from 'vitest';
import { sessionCookies } from './session-cookie.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const pairOf = (setCookie: string): string => setCookie.split(';', 1)[0] ?? '';

test('a session lasts thirty days', () => {
  let now = 1_800_000_000_000;
  const cookies = sessionCookies('token', () => now);
  const cookie = pairOf(cookies.issue());
  expect(cookies.verify(cookie)).toBe(true);
  now += 30 * DAY_MS - 2_000;
  expect(cookies.verify(cookie)).toBe(true);
  now += 4_000;
  expect(cookies.verify(cookie)).toBe(false);
});

test('a changed, cut or foreign session is none', () => {
  const cookies = sessionCookies('token', Date.now);
  const cookie = pairOf(cookies.issue());
  const [name = '', value = ''] = cookie.split('=');
  const [until = '', nonce = '', mac = ''] = value.split('.');
  const longer = String(Number(until) + 1);
  for (const bad of [
    `${name}=${longer}.${nonce}.${mac}`,
    `${name}=${until}.${nonce}x.${mac}`,
    `${name}=${until}.${nonce}.${mac.slice(0, -1)}`,
    `${name}=${until}.${nonce}`,
    `${name}=`,
    `other=${value}`,
    '',
  ]) {
    expect(cookies.verify(bad), bad).toBe(false);
  }
  expect(cookies.verify(undefined)).toBe(false);
  expect(sessionCookies('new token', Date.now).verify(cookie)).toBe(false);
});

test('it is found among other cookies, and beside a bad one of its name', () => {
  const cookies = sessionCookies('token', Date.now);
  const cookie = pairOf(cookies.issue());
  const name = cookie.split('=', 1)[0] ?? '';
  expect(cookies.verify(`a=b; ${name}=old; ${cookie}; c=d`)).toBe(true);
});

test('two servers on one machine do not take each other’s cookie away', () => {
  const name = (token: string) => pairOf(sessionCookies(token, Date.now).clear());
  expect(name('one')).not.toBe(name('other'));
});
