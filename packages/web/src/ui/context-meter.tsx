/**
 * How full an agent's context window is. The tier shows in words and in the bar's colour; in full,
 * with how many turns still fit in.
 */
import type { AgentView } from '@headspace/contract';

type Context = NonNullable<AgentView['context']>;

/** Words and colour for tiers that a person should see; `normal` needs none. */
const TIERS = {
  high: { word: 'high', tone: 'stalled' },
  critical: { word: 'nearly full', tone: 'needs_you' },
} as const;

interface Props {
  context: Context;
  /** Writes out what a card says only in its tooltip. */
  full?: boolean;
}

export function ContextMeter({ context, full = false }: Props) {
  const { usedTokens, percent, tier } = context;
  if (percent === null) {
    return (
      <span className="whitespace-nowrap tabular-nums" title={sentences(context).join('. ')}>
        {usedTokens === null ? 'not known' : `${thousands(usedTokens)} tokens`}
      </span>
    );
  }
  const shown = tier === 'high' || tier === 'critical' ? TIERS[tier] : null;
  return (
    <span className={full ? 'flex flex-col gap-0.5' : 'inline-flex'}>
      <span
        className="inline-flex items-baseline gap-1.5 whitespace-nowrap tabular-nums"
        title={sentences(context).join('. ')}
        data-attention={shown?.tone ?? 'idle'}
      >
        <span
          className="h-1 w-9 self-center overflow-hidden rounded-full bg-line-strong"
          aria-hidden="true"
        >
          <span className="block h-full bg-tone" style={{ width: `${percent}%` }} />
        </span>
        <span className="sr-only">Context </span>
        {percent} %{shown ? <span className="text-tone">{shown.word}</span> : null}
      </span>
      {full ? <span className="text-faint">{sentences(context).join(', ')}</span> : null}
    </span>
  );
}

/** What is known beyond the percentage, best known first. */
function sentences({ usedTokens, windowTokens, trendTokensPerTurn, turnsLeft }: Context): string[] {
  const parts: string[] = [];
  if (usedTokens !== null) {
    const window = windowTokens === null ? '' : ` of ${thousands(windowTokens)}`;
    parts.push(`${thousands(usedTokens)}${window} tokens`);
  }
  if (trendTokensPerTurn !== null) parts.push(`about ${thousands(trendTokensPerTurn)} a turn`);
  if (turnsLeft !== null) parts.push(turnsLeft === 1 ? '1 turn left' : `${turnsLeft} turns left`);
  return parts;
}

function thousands(tokens: number): string {
  if (tokens < 1_000) return String(tokens);
  return tokens < 10_000 ? `${(tokens / 1_000).toFixed(1)}k` : `${Math.round(tokens / 1_000)}k`;
}
