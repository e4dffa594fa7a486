import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordingsFolder } from '@headspace/testkit/recordings';
import { describe, expect, test } from 'vitest';
import { parseSessionFile, statusBegan } from './session-file.ts';

const registry = join(recordingsFolder, 'registry');
const recorded = readdirSync(registry).filter((name) => name.startsWith('sessions-pid.'));

const parse = (content: object) => parseSessionFile('7.json', JSON.stringify(content));
const good = { pid: 7, sessionId: 's' };

describe('parseSessionFile', () => {
  test.each(recorded)('reads %s', (name) => {
    const text = readFileSync(join(registry, name), 'utf8');
    const content = JSON.parse(text) as Record<string, unknown>;
    expect(parseSessionFile(`${String(content['pid'])}.json`, text)).toEqual({
      pid: content['pid'],
      sessionId: content['sessionId'],
      procStart: content['procStart'],
      status: content['status'] ?? null,
      waitingFor: content['waitingFor'] ?? null,
      statusUpdatedAt: content['statusUpdatedAt'] ?? null,
      kind: content['kind'],
      cwd: content['cwd'],
    });
  });

  test.each(['', '{', '[]', 'null', '{"pid":7', '7'])('takes %j for no session file', (text) => {
    expect(parseSessionFile('7.json', text)).toBeNull();
  });

  test('wants the pid of its name and a session', () => {
    expect(parse({ ...good, pid: 8 })).toBeNull();
    expect(parse({ ...good, pid: '7' })).toBeNull();
    expect(parse({ pid: 7 })).toBeNull();
    expect(parse({ ...good, sessionId: '' })).toBeNull();
    expect(parse({ ...good, sessionId: 'x'.repeat(600) })).toBeNull();
  });

  test('takes what it does not understand for absent', () => {
    const odd = {
      status: 'dancing',
      waitingFor: 5,
      statusUpdatedAt: 'now',
      procStart: {},
      kind: 1,
      cwd: 'no/absolute/path',
    };
    expect(parse({ ...good, ...odd })).toEqual({
      pid: 7,
      sessionId: 's',
      procStart: null,
      status: null,
      waitingFor: null,
      statusUpdatedAt: null,
      kind: null,
      cwd: null,
    });
    expect(parse({ ...good, procStart: 123, extra: true })?.procStart).toBe('123');
  });
});

describe('statusBegan', () => {
  const seenAt = 1_000_000;
  const written = (statusUpdatedAt: number | null, own: boolean) =>
    statusBegan(
      {
        ...good,
        procStart: null,
        status: 'idle',
        waitingFor: null,
        statusUpdatedAt,
        kind: null,
        cwd: null,
      },
      seenAt,
      own,
    );

  test.each([
    ['no time in the file', null, true, seenAt],
    ['a moment ago', seenAt - 100, false, seenAt - 100],
    ['long ago, of a process that shares our clock', seenAt - 60_000, true, seenAt - 60_000],
    ['long ago, of a process that may not', seenAt - 60_000, false, seenAt],
    ['a little in the future', seenAt + 100, true, seenAt],
    ['far in the future', seenAt + 60_000, true, seenAt],
  ])('%s', (_name, time, own, began) => {
    expect(written(time, own)).toBe(began);
  });
});
