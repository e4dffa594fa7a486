import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  contextPercent,
  type ContextReading,
  type ContextUse,
  DEFAULT_MARKS,
  isWorthTelling,
  namedWindow,
  tokensPerTurn,
  turnsLeft,
  withNewConversation,
  withoutUse,
  withReading,
} from './context-use.ts';

const WINDOW = 200_000;

function statusline(at: number, usedTokens: number | null, promptId = 'p1'): ContextReading {
  return {
    source: 'statusline',
    at,
    usedTokens,
    windowTokens: WINDOW,
    shownPercent: null,
    model: 'opus',
    promptId,
  };
}

const transcript = (at: number, usedTokens: number, promptId = 'p1'): ContextReading => ({
  ...statusline(at, usedTokens, promptId),
  source: 'transcript',
  windowTokens: null,
});

const screen = (at: number, shownPercent: number): ContextReading => ({
  ...statusline(at, null),
  source: 'screen',
  windowTokens: null,
  shownPercent,
  model: null,
  promptId: null,
});

function read(...readings: ContextReading[]): ContextUse {
  let use: ContextUse | null = null;
  for (const reading of readings) use = withReading(use, reading, DEFAULT_MARKS);
  if (use === null) throw new Error('no readings');
  return use;
}

describe('which source counts', () => {
  test('the newest, whichever it is', () => {
    expect(read(statusline(1, 10_000), transcript(2, 20_000))).toMatchObject({
      usedTokens: 20_000,
      source: 'transcript',
      windowTokens: WINDOW,
    });
    expect(read(transcript(2, 20_000), statusline(1, 10_000))).toMatchObject({
      usedTokens: 20_000,
      source: 'transcript',
      // The window was learned all the same.
      windowTokens: WINDOW,
    });
  });

  test('of one moment, the status line', () => {
    expect(read(transcript(5, 1_000), statusline(5, 1_000)).source).toBe('statusline');
    expect(read(statusline(5, 1_000), transcript(5, 1_000)).source).toBe('statusline');
  });

  test('any order gives the same use', () => {
    const reading = fc
      .record({
        at: fc.nat(1_000),
        tokens: fc.integer({ min: 1, max: 200_000 }),
        line: fc.boolean(),
      })
      .map(({ at, tokens, line }) => (line ? statusline(at, tokens) : transcript(at, tokens)));
    const readings = fc.uniqueArray(reading, { minLength: 1, selector: ({ at }) => at });
    fc.assert(
      fc.property(readings, fc.func(fc.nat()), (list, weight) => {
        const other = list.toSorted((a, b) => weight(a.at) - weight(b.at));
        const { usedTokens, at, source, windowTokens } = read(...list);
        expect(read(...other)).toMatchObject({ usedTokens, at, source, windowTokens });
      }),
    );
  });

  test('one without a number says nothing of the use', () => {
    expect(read(transcript(1, 5_000), statusline(2, null))).toMatchObject({
      usedTokens: 5_000,
      at: 1,
      windowTokens: WINDOW,
    });
  });

  test('the screen, only where nothing better has been heard of for two minutes', () => {
    const known = read(statusline(1_000, 150_000));
    expect(withReading(known, screen(60_000, 96), DEFAULT_MARKS).source).toBe('statusline');
    // Its count is against the window less 20,000.
    expect(withReading(known, screen(130_000, 96), DEFAULT_MARKS)).toMatchObject({
      source: 'screen',
      usedTokens: 172_800,
    });
    // What is known exactly is not replaced by the same, rounded.
    const full = read(statusline(1_000, 172_000));
    for (const percent of [95, 96])
      expect(withReading(full, screen(130_000, percent), DEFAULT_MARKS)).toEqual(full);
    const alone = read(screen(130_000, 96));
    expect(alone).toMatchObject({ usedTokens: null, shownPercent: 96, tier: 'critical' });
    expect(contextPercent(alone)).toBe(96);
  });
});

describe('a percentage on the screen, of tokens without a window', () => {
  const known = read(transcript(1_000, 172_000), screen(1_500, 96));

  test('fills in what the transcript does not tell, and the tokens stay', () => {
    expect(known).toMatchObject({ usedTokens: 172_000, source: 'transcript', at: 1_000 });
    expect(known).toMatchObject({ shownPercent: 96, tier: 'critical' });
    expect(contextPercent(known)).toBe(96);
    expect(read(transcript(1_000, 172_000), screen(900, 96)).shownPercent).toBeNull();
  });

  test('stands while tokens grow, until the screen or the status line tells more', () => {
    const grown = withReading(known, transcript(2_000, 175_000), DEFAULT_MARKS);
    expect(grown).toMatchObject({ usedTokens: 175_000, shownPercent: 96 });
    expect(withReading(grown, screen(2_100, 97), DEFAULT_MARKS).shownPercent).toBe(97);
    const told = withReading(grown, statusline(2_200, 175_000), DEFAULT_MARKS);
    expect(told).toMatchObject({ shownPercent: null, windowTokens: WINDOW, source: 'statusline' });
    expect(contextPercent(told)).toBe(88);
  });

  test('goes with a compaction, with /clear, and with another model', () => {
    const gone = [
      withReading(known, transcript(2_000, 14_000), DEFAULT_MARKS),
      withReading(known, { ...transcript(2_000, 175_000), model: 'haiku' }, DEFAULT_MARKS),
      withoutUse(known, 2_000),
      withNewConversation(known, 2_000),
    ];
    expect(gone.map((use) => use?.shownPercent)).toEqual([null, null, null, null]);
  });
});

describe('the window', () => {
  test('is not known of another model, until that one tells', () => {
    const changed = withReading(
      read(statusline(1, 10_000)),
      { ...transcript(2, 11_000), model: 'haiku' },
      DEFAULT_MARKS,
    );
    expect(changed).toMatchObject({ usedTokens: 11_000, windowTokens: null, tier: null });
    const told = { ...statusline(3, 11_500), model: 'haiku', windowTokens: 100_000 };
    expect(contextPercent(withReading(changed, told, DEFAULT_MARKS))).toBe(12);
  });

  test('is the large one where the session began with its mark, and the model is the same', () => {
    expect(namedWindow('claude-opus-4-8[1m]', 'claude-opus-4-8')).toBe(1_000_000);
    expect(namedWindow('claude-opus-4-8[1m]', 'claude-haiku-4-5')).toBeNull();
    expect(namedWindow('claude-opus-4-8', 'claude-opus-4-8')).toBeNull();
    expect(namedWindow(null, 'claude-opus-4-8')).toBeNull();
  });
});

describe('compaction and /clear', () => {
  test('make it unknown, until the next answer', () => {
    const before = read(statusline(1, 150_000));
    const compacted = withoutUse(before, 10);
    expect(compacted).toMatchObject({ usedTokens: null, tier: null, windowTokens: WINDOW });
    expect(isWorthTelling(before, compacted ?? before)).toBe(true);
    // What was said before it, and the same old number said once more after it, change nothing.
    for (const late of [statusline(9, 150_000), statusline(11, 150_000, 'p2'), transcript(8, 1)]) {
      expect(withReading(compacted, late, DEFAULT_MARKS).usedTokens).toBeNull();
    }
    expect(withReading(compacted, statusline(12, 9_000), DEFAULT_MARKS)).toMatchObject({
      usedTokens: 9_000,
      tier: 'normal',
    });
  });

  test('an older compaction does not undo a newer answer', () => {
    expect(withoutUse(read(statusline(20, 9_000)), 10)?.usedTokens).toBe(9_000);
    expect(withoutUse(null, 10)).toBeNull();
  });

  test('/clear keeps the window and forgets the trend', () => {
    const use = read(
      statusline(1, 10_000),
      statusline(2, 20_000, 'p2'),
      statusline(3, 30_000, 'p3'),
      statusline(4, 40_000, 'p4'),
    );
    expect(tokensPerTurn(use)).toBe(10_000);
    const cleared = withNewConversation(use, 5);
    expect(cleared).toMatchObject({ usedTokens: null, at: 5, windowTokens: WINDOW });
    expect(tokensPerTurn(cleared)).toBeNull();
    expect(turnsLeft(cleared)).toBeNull();
  });
});

test('tiers begin at their marks and end a few points below', () => {
  const at = (percent: number, step: number): ContextReading =>
    statusline(step, (WINDOW * percent) / 100);
  const steps = [64, 65, 63, 62, 61, 79, 80, 78, 77, 76, 61, 95, 30];
  let use: ContextUse | null = null;
  const tiers = steps.map((percent, step) => {
    use = withReading(use, at(percent, step + 1), DEFAULT_MARKS);
    return use.tier;
  });
  expect(tiers.map((tier, i) => `${steps[i]} ${tier}`)).toEqual([
    '64 normal',
    '65 high',
    '63 high',
    '62 high',
    '61 normal',
    '79 high',
    '80 critical',
    '78 critical',
    '77 critical',
    '76 high',
    '61 normal',
    '95 critical',
    '30 normal',
  ]);
});

describe('the trend', () => {
  test('is the median of what the last turns added, and one compaction does not bend it', () => {
    let use = read(statusline(1, 20_000, 'p1'));
    const turn = (at: number, tokens: number, id: string): void => {
      use = withReading(use, statusline(at, tokens, id), DEFAULT_MARKS);
    };
    turn(2, 25_000, 'p2');
    expect([tokensPerTurn(use), turnsLeft(use)]).toEqual([null, null]);
    turn(3, 31_000, 'p3');
    turn(4, 35_000, 'p4');
    // p2 added 5,000 and p3 6,000; what p1 added to an empty context is not known.
    expect(tokensPerTurn(use)).toBe(5_500);
    expect(turnsLeft(use)).toBe(Math.floor((180_000 - 35_000) / 5_500));
    use = withoutUse(use, 5) ?? use;
    turn(6, 9_000, 'p4');
    turn(7, 14_000, 'p5');
    turn(8, 19_000, 'p6');
    expect(use.growths).toEqual([5_000, 6_000, 5_000]);
    expect(tokensPerTurn(use)).toBe(5_000);
  });

  test('a fall that nobody told of is no growth', () => {
    const use = read(
      statusline(1, 50_000, 'p1'),
      statusline(2, 100_000, 'p2'),
      statusline(3, 10_000, 'p3'),
      statusline(4, 12_000, 'p4'),
    );
    expect(use.growths).toEqual([]);
  });

  test('keeps eight turns', () => {
    const use = read(
      ...Array.from({ length: 40 }, (_, n) => statusline(n + 1, 1_000 * (n + 1), `p${n}`)),
    );
    expect(use.growths).toEqual(Array.from({ length: 8 }, () => 1_000));
  });
});

test('worth telling: a percent, a tier, a turn; not a few tokens', () => {
  const known = read(statusline(1, 100_000));
  const next = (reading: ContextReading): boolean =>
    isWorthTelling(known, withReading(known, reading, DEFAULT_MARKS));
  expect(next(statusline(2, 100_500))).toBe(false);
  expect(next(statusline(2, 102_000))).toBe(true);
  expect(next(statusline(2, 100_500, 'p2'))).toBe(true);
  expect(next(transcript(2, 100_100))).toBe(false);
  // Without a window in steps of 2,000.
  const bare = read(transcript(1, 100_000));
  const after = (tokens: number): boolean =>
    isWorthTelling(bare, withReading(bare, transcript(2, tokens), DEFAULT_MARKS));
  expect([after(101_000), after(102_000)]).toEqual([false, true]);
});
