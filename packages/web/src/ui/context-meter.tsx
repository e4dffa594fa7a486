/** How full an agent's context window is. */
import type { AgentView } from '@headspace/contract';

type Context = NonNullable<AgentView['context']>;

export function ContextMeter({ context }: { context: Context }) {
  const { usedTokens, windowTokens } = context;
  const used = `${Math.round(usedTokens / 1000)}k`;
  if (windowTokens === null || windowTokens <= 0) {
    return <span className="whitespace-nowrap tabular-nums">{used} tokens</span>;
  }
  const percent = Math.min(100, Math.round((usedTokens / windowTokens) * 100));
  const title = `${used} of ${Math.round(windowTokens / 1000)}k tokens of context used`;
  return (
    <span
      className="inline-flex items-baseline gap-1.5 whitespace-nowrap tabular-nums"
      title={title}
    >
      <span
        className="h-1 w-9 self-center overflow-hidden rounded-full bg-line-strong"
        aria-hidden="true"
      >
        <span
          data-attention={percent >= 80 ? 'stalled' : 'idle'}
          className="block h-full bg-tone"
          style={{ width: `${percent}%` }}
        />
      </span>
      <span className="sr-only">Context </span>
      {percent} %
    </span>
  );
}
