/**
 * What tokens cost. Tokens are kept in buckets within which a price is the same for every token, so
 * that a sum of tokens is enough to tell the cost, and prices can change afterwards. Pure.
 */
import type { ModelPrice, Rates, TokenCounts } from '@headspace/contract';

export interface Tokens {
  messages: number;
  /** Not from the cache. */
  input: number;
  /** Written to the cache, of which for an hour. */
  cacheCreation: number;
  cacheCreation1h: number;
  cacheRead: number;
  output: number;
}

/** How long the prompts were: up to 100,000 tokens, up to 200,000, or longer. */
export type PromptClass = 0 | 1 | 2;

export interface UsageBucket extends Tokens {
  model: string | null;
  fast: boolean;
  prompt: PromptClass;
}

export type Prices = Readonly<Record<string, ModelPrice>>;

const CLASS_ABOVE = [100_000, 200_000] as const;

/** Class of a message's prompt: all that the model has read, from the cache or not. */
export function promptClass(message: Pick<Tokens, 'input' | 'cacheCreation' | 'cacheRead'>) {
  const tokens = message.input + message.cacheCreation + message.cacheRead;
  return CLASS_ABOVE.filter((above) => tokens > above).length as PromptClass;
}

/** US dollars; null where the price is not known. Nothing costs nothing, whatever the model. */
export function costOf(bucket: UsageBucket, prices: Prices): number | null {
  const { input, cacheCreation, cacheCreation1h, cacheRead, output } = bucket;
  if (input + cacheCreation + cacheRead + output === 0) return 0;
  const price = priceOf(bucket.model, prices);
  if (price === null || (bucket.fast && price.fastTimes === undefined)) return null;
  const { longPrompt } = price;
  const isLong = longPrompt !== undefined && bucket.prompt > CLASS_ABOVE.indexOf(longPrompt.above);
  const rates: Rates = isLong ? longPrompt : price;
  const hour = Math.min(cacheCreation1h, cacheCreation);
  const millionths =
    input * rates.input +
    (cacheCreation - hour) * rates.cacheWrite5m +
    hour * rates.cacheWrite1h +
    cacheRead * rates.cacheRead +
    output * rates.output;
  return (millionths * (bucket.fast ? (price.fastTimes ?? 1) : 1)) / 1_000_000;
}

/** Adds up buckets. The cost is null if one of them has none. */
export function countsOf(buckets: readonly UsageBucket[], prices: Prices): TokenCounts {
  const sum = (of: (bucket: UsageBucket) => number): number =>
    buckets.reduce((total, bucket) => total + of(bucket), 0);
  const costs = buckets.map((bucket) => costOf(bucket, prices));
  return {
    messages: sum(({ messages }) => messages),
    inputTokens: sum(({ input }) => input),
    cacheCreationTokens: sum(({ cacheCreation }) => cacheCreation),
    cacheCreation1hTokens: sum(({ cacheCreation1h }) => cacheCreation1h),
    cacheReadTokens: sum(({ cacheRead }) => cacheRead),
    outputTokens: sum(({ output }) => output),
    costUSD: costs.includes(null) ? null : roundDollars(costs.reduce(plus, 0)),
  };
}

const plus = (a: number | null, b: number | null): number => (a ?? 0) + (b ?? 0);

/** Sums of floating-point numbers carry noise behind the twelfth digit. */
const roundDollars = (value: number | null): number => Math.round((value ?? 0) * 1e9) / 1e9;

/** Models with tokens whose price is not known. */
export function unpricedModels(buckets: readonly UsageBucket[], prices: Prices): string[] {
  const names = buckets.flatMap((bucket) =>
    costOf(bucket, prices) === null
      ? [(bucket.model ?? 'unknown') + (bucket.fast ? ' (fast)' : '')]
      : [],
  );
  return [...new Set(names)].toSorted();
}

/** Adds `change` to the bucket it belongs to; negative counts take away. `buckets` is not changed. */
export function addToBuckets(
  buckets: readonly UsageBucket[],
  changes: readonly UsageBucket[],
): UsageBucket[] {
  const sums = new Map(buckets.map((bucket) => [bucketKey(bucket), { ...bucket }]));
  for (const change of changes) {
    const key = bucketKey(change);
    const sum = sums.get(key) ?? { ...change, ...NOTHING };
    for (const name of TOKEN_NAMES) sum[name] += change[name];
    sums.set(key, sum);
  }
  return [...sums.values()].filter(({ messages }) => messages > 0);
}

const NOTHING: Tokens = {
  messages: 0,
  input: 0,
  cacheCreation: 0,
  cacheCreation1h: 0,
  cacheRead: 0,
  output: 0,
};
const TOKEN_NAMES = Object.keys(NOTHING) as (keyof Tokens)[];

/** The same tokens, to be taken away. */
export function negated(bucket: UsageBucket): UsageBucket {
  const negative = { ...bucket };
  for (const name of TOKEN_NAMES) negative[name] = -bucket[name];
  return negative;
}

const bucketKey = ({ model, fast, prompt }: UsageBucket): string =>
  `${prompt} ${fast ? 'fast' : 'standard'} ${model ?? ''}`;

function priceOf(model: string | null, prices: Prices): ModelPrice | null {
  if (model === null) return null;
  for (const name of [model, plainName(model)]) {
    if (Object.hasOwn(prices, name)) return prices[name] ?? null;
  }
  return null;
}

/**
 * A model's name without what differs between its providers: `us.anthropic.claude-opus-4-6-v1:0`,
 * `claude-opus-4-6@20260205`, `anthropic/claude-opus-4.6` and `claude-opus-4-6[1m]` are one.
 */
export function plainName(model: string): string {
  const name = /claude-[a-z0-9.-]*/.exec(model.toLowerCase())?.[0] ?? model;
  return name
    .replaceAll('.', '-')
    .replace(/-v\d+$/, '')
    .replace(/-latest$/, '')
    .replace(/-\d{8}$/, '')
    .replace(/^claude-(opus|sonnet|haiku)-4-0$/, 'claude-$1-4');
}
