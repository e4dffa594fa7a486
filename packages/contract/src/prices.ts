/** Prices of models, in US dollars for a million tokens. */
import { z } from 'zod';

const Dollars = z.number().min(0).max(1_000_000);

const Rates = z.strictObject({
  input: Dollars,
  output: Dollars,
  /** Written to the cache for five minutes, and for an hour. */
  cacheWrite5m: Dollars,
  cacheWrite1h: Dollars,
  cacheRead: Dollars,
});
export type Rates = z.infer<typeof Rates>;

export const ModelPrice = Rates.extend({
  /** A message in fast mode costs this many times as much; without it, its cost is not known. */
  fastTimes: z.number().min(1).max(100).optional(),
  /** All of a message whose prompt (input, cache reads and writes) is longer than `above` tokens. */
  longPrompt: Rates.extend({ above: z.literal([100_000, 200_000]) }).optional(),
});
export type ModelPrice = z.infer<typeof ModelPrice>;

/** By model, without the date at the end of its name: `claude-haiku-4-5`. */
export const ModelPrices = z.record(z.string().min(1).max(200), ModelPrice);
export type ModelPrices = z.infer<typeof ModelPrices>;

/**
 * A setting is a plain value: prices are one as JSON text. In `config.yaml` they can also be written
 * as what they are.
 */
export const ModelPricesSetting = z
  .preprocess((value, context) => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON: {"model": {"input": 5, …}}' });
      return z.NEVER;
    }
  }, ModelPrices)
  .transform((prices) => JSON.stringify(prices));

/** What the setting holds. It has been checked. */
export const pricesIn = (setting: string): ModelPrices => JSON.parse(setting) as ModelPrices;
