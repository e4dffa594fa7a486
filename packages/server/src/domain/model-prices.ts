/**
 * List prices of Anthropic's API in US dollars for a million tokens, for the models that Claude Code
 * can use. The setting `costs.prices` adds to them and goes before them.
 *
 * Source: platform.claude.com/docs/en/about-claude/pricing and the overview page of each model
 * there, as of November 2026. Fable 5.2 has no such page in what could be read: its prices are those
 * that other tools took from the pricing page. Fast mode: the same pages, and for Opus 4.6 to 4.8
 * the multipliers of ccusage 20; the one of newer models that have the mode is not known.
 * Not in here: batches, servers in one country only (1.1 times), web searches (a cent each).
 */
import type { ModelPrice, Rates } from '@headspace/contract';

/** Where nothing else is said, the cache costs 1.25, 2 and 0.1 times the input. */
const rates = (input: number, output: number, cacheRead = input / 10): Rates => ({
  input,
  output,
  cacheWrite5m: input * 1.25,
  cacheWrite1h: input * 2,
  cacheRead,
});

const OPUS_4 = rates(15, 75);
const OPUS_4_5 = rates(5, 25);
const SONNET_4 = rates(3, 15);
/** With a window of a million tokens, longer prompts cost twice and one and a half times as much. */
const SONNET_4_LONG = { ...SONNET_4, longPrompt: { above: 200_000 as const, ...rates(6, 22.5) } };

export const MODEL_PRICES: Readonly<Record<string, ModelPrice>> = {
  'claude-fable-5-2': rates(8, 40, 0.2),
  'claude-fable-5-1': rates(10, 50, 0.25),
  'claude-fable-5': rates(10, 50),
  'claude-mythos-5-1': rates(10, 50, 0.25),
  'claude-mythos-5': rates(10, 50),
  'claude-opus-5-5': rates(4, 20, 0.2),
  'claude-opus-5': { ...OPUS_4_5, fastTimes: 2 },
  'claude-opus-4-8': { ...OPUS_4_5, fastTimes: 2 },
  'claude-opus-4-7': { ...OPUS_4_5, fastTimes: 6 },
  'claude-opus-4-6': { ...OPUS_4_5, fastTimes: 6 },
  'claude-opus-4-5': OPUS_4_5,
  'claude-opus-4-1': OPUS_4,
  'claude-opus-4': OPUS_4,
  'claude-3-opus': OPUS_4,
  // Reading the cache has cost half as much since 7 October 2026.
  'claude-sonnet-5-5': rates(2, 10, 0.1),
  'claude-sonnet-5': rates(2, 10),
  'claude-sonnet-4-6': SONNET_4,
  'claude-sonnet-4-5': SONNET_4_LONG,
  'claude-sonnet-4': SONNET_4_LONG,
  'claude-3-7-sonnet': SONNET_4,
  'claude-3-5-sonnet': SONNET_4,
  'claude-haiku-5-5': {
    ...rates(0.1, 0.5),
    longPrompt: { above: 100_000, ...rates(0.5, 2.5) },
  },
  'claude-haiku-4-5': rates(1, 5),
  'claude-3-5-haiku': rates(0.8, 4),
  'claude-3-haiku': {
    input: 0.25,
    output: 1.25,
    cacheWrite5m: 0.3,
    cacheWrite1h: 0.5,
    cacheRead: 0.03,
  },
};
