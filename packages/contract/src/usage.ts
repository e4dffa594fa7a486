/** Tokens of an agent and what they cost. */
import { z } from 'zod';

export const Timestamp = z.iso.datetime({ offset: true });

/**
 * In US dollars by the list prices of the API, whatever was really paid for a subscription. Null
 * where the price of a model among them is not known: a part of a sum is no sum.
 */
const CostUSD = z.number().nullable();

/** Tokens as the model's API counts them. A message counts once, however often it is written. */
export const TokenCounts = z.object({
  messages: z.number().int(),
  /** Not from the cache. */
  inputTokens: z.number().int(),
  /** Written to the cache; of these, for an hour. */
  cacheCreationTokens: z.number().int(),
  cacheCreation1hTokens: z.number().int(),
  cacheReadTokens: z.number().int(),
  outputTokens: z.number().int(),
  costUSD: CostUSD,
});
export type TokenCounts = z.infer<typeof TokenCounts>;

export const TurnUsage = TokenCounts.extend({
  /** Claude's own id of the turn; null where it is not known. */
  promptId: z.string().nullable(),
  /** Beginning of what was asked; null where nobody asked, or it was not seen. */
  prompt: z.string().nullable(),
  /** Time of the turn's first message. */
  at: Timestamp,
});
export type TurnUsage = z.infer<typeof TurnUsage>;

/** `GET /api/agents/:id/usage`. */
export const UsageView = z.object({
  /** Subagents included. */
  total: TokenCounts,
  subagents: TokenCounts,
  models: z.array(TokenCounts.extend({ model: z.string().nullable() })),
  /** Models among them whose price is not known; `costs.prices` can name it. */
  unpricedModels: z.array(z.string()),
  /** Newest first. */
  turns: z.array(TurnUsage),
});
export type UsageView = z.infer<typeof UsageView>;
