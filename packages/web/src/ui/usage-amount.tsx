/** Tokens and what they cost by the list prices, in one line. */
import type { TokenCounts } from '@headspace/contract';
import { costText, usageParts, usageText } from '../model/amounts.ts';

export function UsageAmount({ usage }: { usage: TokenCounts }) {
  return (
    <span className="tabular-nums" title={usageParts(usage)}>
      {costText(usage.costUSD)}
      <span className="text-faint">, {usageText(usage)}</span>
    </span>
  );
}
