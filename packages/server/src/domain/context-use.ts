/**
 * How full an agent's context window is, from several sources at once. Pure: every reading is folded
 * into what is known, and the newest one counts, whichever way and in whatever order they come.
 *
 *   statusline   tokens and window, exact
 *   transcript   the same tokens, without the window
 *   screen       a rounded percentage that Claude Code shows near the end; it fills in what the
 *                other two leave open, and replaces them only where they have fallen silent
 *
 * After a compaction or /clear the use is unknown until something newer tells it.
 */
import type { ContextSource, ContextTier } from '@headspace/contract';

/** What one source says at one moment. Times in milliseconds since 1970. */
export interface ContextReading {
  source: ContextSource;
  at: number;
  /** Null where the source does not tell; it then says nothing of the use. */
  usedTokens: number | null;
  windowTokens: number | null;
  /** Of the screen: Claude Code's own count, against the window less its reserve. */
  shownPercent: number | null;
  /** The model's name, with or without the mark of its window (`[1m]`). */
  model: string | null;
  /** Claude's prompt_id of the turn under way. */
  promptId: string | null;
}

/** What is known of an agent's context; part of its activity. */
export interface ContextUse {
  /** Null while it is unknown. */
  usedTokens: number | null;
  /** Of the newest reading that counted, or of what made it unknown. */
  at: number;
  source: ContextSource | null;
  /** Only where the window is not known: as the screen shows it. */
  shownPercent: number | null;
  windowTokens: number | null;
  windowAt: number;
  /** The model whose window it is, without its mark. */
  windowModel: string | null;
  tier: ContextTier | null;
  turnId: string | null;
  /** Tokens at the end of the turn before; null where what was added cannot be told. */
  turnBase: number | null;
  /** Tokens that the last turns added, newest last. */
  growths: number[];
  /** Tokens before they became unknown: the same number again is the same old answer. */
  outdated: number | null;
}

/** Percentages at which a tier begins, and how far below it ends. */
export interface ContextMarks {
  high: number;
  critical: number;
  hysteresis: number;
}

export const DEFAULT_MARKS: ContextMarks = { high: 65, critical: 80, hysteresis: 3 };

/** Claude Code's own percentage counts against the window less this (2.1.197). */
const RESERVE_TOKENS = 20_000;
const LARGE_WINDOW = { mark: '[1m]', tokens: 1_000_000 };
const TURNS = 8;
const FEWEST_TURNS = 2;
/** The screen is rounded and changes late: it counts where nothing better has been heard of so long. */
const SCREEN_AFTER_MS = 120_000;
/** A fall to less than this share is a compaction of which nobody told. */
const FALL = 0.75;
/** Without a window there is no percentage: then this many tokens are worth telling. */
const STEP_TOKENS = 2_000;

const NOTHING_KNOWN: ContextUse = {
  usedTokens: null,
  at: 0,
  source: null,
  shownPercent: null,
  windowTokens: null,
  windowAt: 0,
  windowModel: null,
  tier: null,
  turnId: null,
  turnBase: null,
  growths: [],
  outdated: null,
};

/** Rows of earlier versions know less. */
export function wholeUse(known: Partial<ContextUse> | null | undefined): ContextUse {
  return { ...NOTHING_KNOWN, ...known };
}

/** What is known with this reading. Neither argument is changed. */
export function withReading(
  known: Partial<ContextUse> | null | undefined,
  reading: ContextReading,
  marks: ContextMarks,
): ContextUse {
  const before = wholeUse(known);
  const use = withWindow(before, reading);
  const after = counts(before, reading)
    ? withUse(use, reading)
    : fillsIn(before, reading)
      ? { ...use, shownPercent: reading.shownPercent }
      : use;
  return { ...after, tier: tierOf(contextPercent(after), before.tier, marks) };
}

/** The context was compacted: how full it is will be told by the next answer. */
export function withoutUse(
  known: Partial<ContextUse> | null | undefined,
  at: number,
): ContextUse | null {
  if (known === null || known === undefined) return null;
  const before = wholeUse(known);
  if (at < before.at) return before;
  return {
    ...before,
    usedTokens: null,
    shownPercent: null,
    at,
    source: null,
    tier: null,
    turnBase: null,
    outdated: before.usedTokens ?? before.outdated,
  };
}

/** /clear: a new conversation of the same model, with the same window. */
export function withNewConversation(
  known: Partial<ContextUse> | null | undefined,
  at: number,
): ContextUse {
  const { windowTokens, windowAt, windowModel } = wholeUse(known);
  return { ...NOTHING_KNOWN, at, windowTokens, windowAt, windowModel };
}

/** 0 to 100, whole; null where it cannot be told. */
export function contextPercent(use: ContextUse): number | null {
  const { usedTokens, windowTokens, shownPercent } = use;
  if (usedTokens === null || windowTokens === null || windowTokens <= 0) return shownPercent;
  return Math.min(100, Math.round((usedTokens / windowTokens) * 100));
}

/** Median of what the last turns added; null before two of them are known. */
export function tokensPerTurn({ growths }: ContextUse): number | null {
  if (growths.length < FEWEST_TURNS) return null;
  const sorted = growths.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[middle - 1], sorted[middle]];
  return Math.round(sorted.length % 2 === 1 ? high : (low + high) / 2);
}

/** Turns that fit in as they are now, before Claude Code counts its context as full. */
export function turnsLeft(use: ContextUse): number | null {
  const growth = tokensPerTurn(use);
  const { usedTokens, windowTokens } = use;
  if (growth === null || growth <= 0 || usedTokens === null || windowTokens === null) return null;
  return Math.max(0, Math.floor((windowTokens - RESERVE_TOKENS - usedTokens) / growth));
}

/** Whether a person would see a difference worth a write. */
export function isWorthTelling(
  known: Partial<ContextUse> | null | undefined,
  after: ContextUse,
): boolean {
  const before = wholeUse(known);
  const was = contextPercent(before);
  const is = contextPercent(after);
  return (
    before.tier !== after.tier ||
    was !== is ||
    before.windowTokens !== after.windowTokens ||
    before.turnId !== after.turnId ||
    (before.usedTokens === null) !== (after.usedTokens === null) ||
    (is === null && Math.abs((before.usedTokens ?? 0) - (after.usedTokens ?? 0)) >= STEP_TOKENS)
  );
}

/**
 * The window that the start of the session has named, for a transcript, which names none.
 * @param started model as SessionStart gave it; @param spoken model of the answer
 */
export function namedWindow(started: string | null, spoken: string | null): number | null {
  if (started === null || !started.endsWith(LARGE_WINDOW.mark)) return null;
  const same = spoken === null || bare(started) === bare(spoken);
  return same ? LARGE_WINDOW.tokens : null;
}

/** A status line tells its window even where it is older than the use that is known. */
function withWindow(before: ContextUse, reading: ContextReading): ContextUse {
  const { source, at, windowTokens, model } = reading;
  const name = model === null ? null : bare(model);
  if (windowTokens !== null && (source === 'statusline' || before.windowTokens === null)) {
    if (at < before.windowAt) return before;
    return { ...before, windowTokens, windowAt: at, windowModel: name ?? before.windowModel };
  }
  // Another model may have another window.
  if (name === null || name === before.windowModel || at < before.windowAt) return before;
  if (before.windowModel === null) {
    return before.windowTokens === null ? { ...before, windowModel: name } : before;
  }
  return { ...before, windowTokens, windowAt: at, windowModel: name, shownPercent: null };
}

const RANK: Record<ContextSource, number> = { statusline: 2, transcript: 1, screen: 0 };

function counts(before: ContextUse, reading: ContextReading): boolean {
  const { source, at, usedTokens, shownPercent } = reading;
  if (source === 'screen') {
    if (shownPercent === null || isAsKnown(before, shownPercent)) return false;
    if (before.usedTokens !== null && before.windowTokens === null) return false;
    return at > before.at + (before.source === 'screen' ? 0 : SCREEN_AFTER_MS);
  }
  if (usedTokens === null || usedTokens <= 0) return false;
  if (before.usedTokens === null && usedTokens === before.outdated) return false;
  if (at !== before.at || before.source === null) return at > before.at;
  return RANK[source] > RANK[before.source];
}

/** The tokens are known and their window is not: the screen has the percentage that is missing. */
function fillsIn({ usedTokens, windowTokens, at }: ContextUse, reading: ContextReading): boolean {
  const { source, shownPercent } = reading;
  const isOpen = usedTokens !== null && windowTokens === null;
  return source === 'screen' && shownPercent !== null && isOpen && reading.at > at;
}

/** The tokens that are known show as this percentage, give or take its rounding. */
function isAsKnown({ usedTokens, windowTokens }: ContextUse, shownPercent: number): boolean {
  if (usedTokens === null || windowTokens === null) return false;
  const usable = windowTokens - RESERVE_TOKENS;
  const known = Math.min(100, (usedTokens / usable) * 100);
  return Math.abs(known - shownPercent) <= 1;
}

function withUse(before: ContextUse, reading: ContextReading): ContextUse {
  const { source, at, shownPercent } = reading;
  const usable = before.windowTokens === null ? null : before.windowTokens - RESERVE_TOKENS;
  const shown = source === 'screen' ? shownPercent : null;
  const used =
    shown === null || usable === null ? reading.usedTokens : Math.round((usable * shown) / 100);
  return {
    ...withTurn(before, reading.promptId, used),
    usedTokens: used,
    shownPercent: before.windowTokens === null ? (shown ?? stillShown(before, used)) : null,
    at,
    source,
    outdated: null,
  };
}

function withTurn(before: ContextUse, promptId: string | null, used: number | null): ContextUse {
  const known = before.usedTokens;
  const fell = hasFallen(known, used);
  const base = fell ? null : before.turnBase;
  if (promptId === null || promptId === before.turnId) return { ...before, turnBase: base };
  const first = before.turnId === null;
  const growth = first || base === null || known === null ? null : known - base;
  return {
    ...before,
    turnId: promptId,
    turnBase: fell || first ? null : known,
    growths:
      growth === null || growth < 0 ? before.growths : [...before.growths, growth].slice(-TURNS),
  };
}

/** Tokens that grow leave the percentage standing until the screen shows the next one. */
function stillShown({ usedTokens, shownPercent }: ContextUse, used: number | null): number | null {
  return hasFallen(usedTokens, used) ? null : shownPercent;
}

const hasFallen = (known: number | null, used: number | null): boolean =>
  known !== null && used !== null && used < known * FALL;

/** A tier is left only a few points below its mark, so that it does not flicker. */
function tierOf(
  percent: number | null,
  before: ContextTier | null,
  { high, critical, hysteresis }: ContextMarks,
): ContextTier | null {
  if (percent === null) return null;
  const reached = (mark: number, isThere: boolean): boolean =>
    percent >= (isThere ? mark - hysteresis : mark);
  if (reached(critical, before === 'critical')) return 'critical';
  return reached(high, before === 'critical' || before === 'high') ? 'high' : 'normal';
}

function bare(model: string): string {
  return model.replace(/\[[^\]]*\]$/, '');
}
