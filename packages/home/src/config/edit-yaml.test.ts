/** Examples of edits. That all else stays byte for byte is in edit-yaml.property.test.ts. */
import type { SettingName, SettingValue } from '@headspace/contract';
import { describe, expect, it } from 'vitest';
import { editYaml } from './edit-yaml.ts';
import { ConfigSyntaxError } from './read-config.ts';

const edit = (text: string, changes: Partial<Record<SettingName, SettingValue>>): string =>
  editYaml(text, new Map(Object.entries(changes) as [SettingName, SettingValue][]));

describe('changing a value', () => {
  it.each<[string, string, Partial<Record<SettingName, SettingValue>>, string]>([
    ['nested', 'server:\n  port: 1 # c\n', { 'server.port': 2 }, 'server:\n  port: 2 # c\n'],
    ['dotted', '"server.port":   1\n', { 'server.port': 2 }, '"server.port":   2\n'],
    ['in a flow map', 'server: {port: 1, x: 3}', { 'server.port': 2 }, 'server: {port: 2, x: 3}'],
    [
      'on the next line',
      'server:\n  port:\n    1\n',
      { 'server.port': 2 },
      'server:\n  port:\n    2\n',
    ],
    ['that is missing', 'server:\n  port: # c\n', { 'server.port': 2 }, 'server:\n  port: 2 # c\n'],
    ['with CRLF', 'server:\r\n  port: 1\r\n', { 'server.port': 2 }, 'server:\r\n  port: 2\r\n'],
    [
      'an alias',
      'x: &a 1\nserver:\n  port: *a\n',
      { 'server.port': 2 },
      'x: &a 1\nserver:\n  port: 2\n',
    ],
    [
      'a block text',
      'server:\n  host: | # c\n    a\n  port: 1\n',
      { 'server.host': 'b' },
      'server:\n  host: b\n  # c\n  port: 1\n',
    ],
    [
      'that needs quotes',
      'server:\n  host: a\n',
      { 'server.host': '1: #' },
      'server:\n  host: "1: #"\n',
    ],
    [
      'that looks like another type',
      'server:\n  host: a\n',
      { 'server.host': 'true' },
      'server:\n  host: "true"\n',
    ],
  ])('%s', (_, before, changes, after) => {
    expect(edit(before, changes)).toBe(after);
  });

  const list = 'server:\n  allowedHosts:\n    - a # one\n    # between\n    - b\n  port: 1\n';
  it.each<[string[], string]>([
    [
      ['a', 'b', 'c'],
      'server:\n  allowedHosts:\n    - a # one\n    # between\n    - b\n    - c\n  port: 1\n',
    ],
    [['b'], 'server:\n  allowedHosts:\n    # one\n    # between\n    - b\n  port: 1\n'],
    [['a', 'x'], 'server:\n  allowedHosts:\n    - a # one\n    # between\n    - x\n  port: 1\n'],
    [[], 'server:\n  allowedHosts: []\n  # one\n    # between\n  port: 1\n'],
  ])('a list of lines becomes %j', (value, after) => {
    expect(edit(list, { 'server.allowedHosts': value })).toBe(after);
  });

  it('a list in brackets, with its comments', () => {
    const text = 'server: {allowedHosts: [a, # one\n  b]}\n';
    const after = 'server: {allowedHosts: [ # one\n  c]}\n';
    expect(edit(text, { 'server.allowedHosts': ['c'] })).toBe(after);
  });

  it('changes nothing where the value is the same in other words', () => {
    const text = 'server: {port: 0x10, allowedHosts: [ "a" ]}\n';
    expect(edit(text, { 'server.port': 16, 'server.allowedHosts': ['a'] })).toBe(text);
  });

  it('changes the one that counts where a name stands there twice', () => {
    const text = 'server.port: 1\nserver:\n  port: 2\n';
    expect(edit(text, { 'server.port': 3 })).toBe('server.port: 1\nserver:\n  port: 3\n');
  });
});

describe('adding a name', () => {
  it.each<[string, string, string]>([
    ['to an empty text', '', 'server:\n  port: 2\n'],
    ['to comments', '# mine', '# mine\nserver:\n  port: 2\n'],
    ['to a started document', '---\n', '---\nserver:\n  port: 2\n'],
    ['to null', '~ # c\n', 'server:\n  port: 2 # c\n'],
    [
      'to its section',
      'server:\n    host: a # c\nx: 1\n',
      'server:\n    host: a # c\n    port: 2\nx: 1\n',
    ],
    ['to its empty section', 'server: # c\nx: 1\n', 'server: # c\n  port: 2\nx: 1\n'],
    ['to its section of null', 'server: null # c\n', 'server:  # c\n  port: 2\n'],
    ['to a flow section', 'server: { host: a }\n', 'server: { host: a, port: 2 }\n'],
    ['to an empty flow section', 'server: {}\n', 'server: {port: 2}\n'],
    ['to a flow root', '{ log.level: info }', '{ log.level: info, server.port: 2 }'],
    ['beside another section', 'log:\n  level: info', 'log:\n  level: info\nserver:\n  port: 2\n'],
    ['beside dotted names', 'log.level: info\n', 'log.level: info\nserver.port: 2\n'],
    ['before the end mark', 'x: 1\n...\n', 'x: 1\nserver:\n  port: 2\n...\n'],
    ['after a text that keeps its lines', 'x: |+\n  a\n\n', 'x: |+\n  a\n\nserver:\n  port: 2\n'],
    ['with CRLF', 'x: 1\r\n', 'x: 1\r\nserver:\r\n  port: 2\r\n'],
    ['behind a byte order mark', '\uFEFF', '\uFEFFserver:\n  port: 2\n'],
  ])('%s', (_, before, after) => {
    expect(edit(before, { 'server.port': 2 })).toBe(after);
  });
});

describe('taking a name out', () => {
  it.each<[string, string, string]>([
    [
      'keeps the comment beside it',
      'server:\n  port: 1 # c\n  host: a\n',
      'server:\n  # c\n  host: a\n',
    ],
    [
      'keeps the comment above it',
      'server:\n  # c\n  port: 1\n  host: a\n',
      'server:\n  # c\n  host: a\n',
    ],
    ['takes an emptied section too', 'x: 1\nserver:\n  port: 1\ny: 2\n', 'x: 1\ny: 2\n'],
    [
      'keeps the comments of the section',
      'server: # a\n  # b\n  port: 1 # c\n',
      '# a\n  # b\n# c\n',
    ],
    ['in a flow map, first', 'server: {port: 1, host: a}\n', 'server: {host: a}\n'],
    ['in a flow map, last', 'server: {host: a, port: 1}\n', 'server: {host: a}\n'],
    ['in a flow map, alone', 'server: {port: 1,}\n', 'server: {}\n'],
    [
      'in a flow map, with a comment',
      'server: {port: 1, # c\n  host: a}\n',
      'server: { # c\n  host: a}\n',
    ],
    ['wherever it stands', 'server.port: 1\nserver: {port: 2}\nx: 1\n', 'server: {}\nx: 1\n'],
    ['on a line without an end', 'x: 1\nserver.port: 1', 'x: 1\n'],
    ['without a value', 'server:\n  port:\n  host: a\n', 'server:\n  host: a\n'],
  ])('%s', (_, before, after) => {
    expect(edit(before, { 'server.port': null })).toBe(after);
  });

  it('does nothing where it is not there', () => {
    expect(edit('x: 1', { 'server.port': null })).toBe('x: 1');
  });
});

describe('what cannot be changed by itself', () => {
  it('is refused with its place', () => {
    const text = 'server:\n  port: &a 1\nother: *a\n';
    expect(() => edit(text, { 'server.port': 2 })).toThrow(ConfigSyntaxError);
    expect(() => edit(text, { 'server.port': 2 })).toThrow(/^2:3: server\.port cannot be changed/);
  });

  it('is a section that an alias stands for', () => {
    const text = 'base: &b {host: a}\nserver: *b\n';
    expect(() => edit(text, { 'server.port': 2 })).toThrow(/edit it by hand/);
    expect(() => edit(text, { 'server.host': null })).toThrow(/edit it by hand/);
  });

  it.each(['a: [1\n', 'a: 1\n---\nb: 2\n', '- 1\n', 'a: *none\n', 'a: 1\na: 2\n'])(
    'is a text that is no map of settings: %j',
    (text) => {
      expect(() => edit(text, { 'server.port': 2 })).toThrow(ConfigSyntaxError);
    },
  );
});
