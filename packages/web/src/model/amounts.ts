/** Tokens and dollars as people read them. */
import type { TokenCounts } from '@headspace/contract';

/** `950`, `12k`, `3.4M`. */
export function tokenText(tokens: number): string {
  if (tokens < 1_000) return String(tokens);
  if (tokens < 999_500) return `${Math.round(tokens / 1_000)}k`;
  return `${(tokens / 1_000_000).toFixed(tokens < 99_500_000 ? 1 : 0)}M`;
}

/** `$0.0042`, `$1.20`; what is not known is not called nothing. */
export function costText(costUSD: number | null): string {
  if (costUSD === null) return 'cost not known';
  if (costUSD === 0) return '$0';
  return `$${costUSD.toFixed(costUSD < 0.1 ? 4 : 2)}`;
}

/** What went in and came out, the cache included. */
export function usageText(usage: TokenCounts): string {
  const read = usage.inputTokens + usage.cacheCreationTokens + usage.cacheReadTokens;
  return `${tokenText(read)} in, ${tokenText(usage.outputTokens)} out`;
}

/** The parts of it, for a closer look. */
export function usageParts(usage: TokenCounts): string {
  return [
    `${tokenText(usage.inputTokens)} input`,
    `${tokenText(usage.cacheCreationTokens)} written to the cache`,
    `${tokenText(usage.cacheReadTokens)} read from it`,
    `${tokenText(usage.outputTokens)} output`,
    `${usage.messages} messages`,
  ].join(', ');
}
