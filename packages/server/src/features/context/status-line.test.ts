import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadSession, recordingsFolder } from '@headspace/testkit/recordings';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { contextPercent, DEFAULT_MARKS, withReading } from '../../domain/context-use.ts';
import type { ContextSignal } from './signals.ts';
import { readStatusLine, type StatusLineSource } from './status-line.ts';

const NOW = 1_000_000;

function read(body: unknown, headers: StatusLineSource['headers'] = {}): ContextSignal {
  const signal = readStatusLine({ body, headers, receivedAt: NOW, ownHost: 'own' });
  if (signal instanceof z.ZodError) throw signal;
  return signal;
}

const folder = join(recordingsFolder, 'hooks');

test.each(readdirSync(folder).filter((name) => name.startsWith('StatusLine.')))(
  'recorded: %s',
  (name) => {
    const body = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
      session_id: string;
      context_window: { used_percentage: number | null; context_window_size: number };
    };
    const signal = read(body);
    const { used_percentage: percentage, context_window_size: size } = body.context_window;
    expect(signal).toMatchObject({ sessionId: body.session_id, windowTokens: size });
    // The recorded percentage is rounded, so ours may differ by one.
    const ours = contextPercent(withReading(null, signal, DEFAULT_MARKS));
    if (percentage === null) expect(ours).toBeNull();
    else expect(Math.abs((ours ?? Number.NaN) - percentage)).toBeLessThanOrEqual(1);
  },
);

test('a recorded session tells its tokens, and nothing before the first answer', () => {
  const lines = loadSession('s15-context-autocompact').filter(
    ({ event }) => event === 'StatusLine',
  );
  expect(lines.map(({ payload }) => read(payload).usedTokens)).toEqual([
    null,
    24_020,
    124_020,
    176_020,
    189_020,
    14_812,
  ]);
});

describe('odd input', () => {
  test('without a session it is none', () => {
    const source = { headers: {}, receivedAt: NOW, ownHost: 'own' };
    for (const body of [null, 'x', [], {}, { session_id: '' }, { session_id: 1 }]) {
      expect(readStatusLine({ ...source, body })).toBeInstanceOf(z.ZodError);
    }
  });

  test('what is missing or of another kind counts as not told', () => {
    for (const window of [
      undefined,
      null,
      'x',
      {},
      { total_input_tokens: -1 },
      { total_input_tokens: 1.5 },
    ]) {
      const signal = read({ session_id: 's', model: 'opus', context_window: window });
      expect(signal).toMatchObject({ usedTokens: null, windowTokens: null, model: null });
    }
    expect(read({ session_id: 's\u0000' }).sessionId).toBe('s\uFFFD');
  });
});

test('the time is the own host’s word, unless it speaks of the future; of others, the arrival', () => {
  const body = { session_id: 's' };
  const at = (host: string, sent: string): number =>
    read(body, { 'x-headspace-host': host, 'x-headspace-sent-at': sent }).at;
  expect(at('own', '999000')).toBe(999_000);
  expect(at('own', '1000001')).toBe(NOW);
  expect(at('own', 'soon')).toBe(NOW);
  expect(at('other', '999000')).toBe(NOW);
});
