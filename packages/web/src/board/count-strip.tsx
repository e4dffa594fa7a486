/** How many agents are in each group, at a glance; each number leads to its group. */
import type { Attention } from '@headspace/contract';
import type { AgentGroup } from '../model/agent-list.ts';
import { ATTENTION_TEXT } from '../model/attention.ts';
import { AttentionIcon } from '../ui/attention-icon.tsx';

interface Props {
  groups: readonly AgentGroup[];
  /** Ended agents are fetched on request; before that their number is not known. */
  endedLoaded: boolean;
}

export function CountStrip({ groups, endedLoaded }: Props) {
  return (
    <nav aria-label="Agents by attention" className="@container px-4 pt-3 sm:px-6">
      <ul className="panel grid grid-cols-4 gap-px overflow-hidden bg-line md:grid-cols-8">
        {groups.map(({ attention, total }) => (
          <li key={attention} className="bg-surface">
            <Count
              attention={attention}
              total={attention === 'ended' && !endedLoaded ? null : total}
            />
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Count({ attention, total }: { attention: Attention; total: number | null }) {
  const { label, meaning } = ATTENTION_TEXT[attention];
  const loud = attention === 'needs_you' && total !== 0;
  return (
    <button
      type="button"
      data-attention={attention}
      disabled={total === 0}
      title={total === null ? 'Not fetched yet' : meaning}
      onClick={() => goToGroup(attention)}
      className={`flex h-full w-full flex-col px-2 py-2 text-left -outline-offset-2 @4xl:px-3.5 ${loud ? 'bg-tint' : 'enabled:hover:bg-raised'}`}
    >
      <span className={`flex items-center gap-1.5 ${total === 0 ? 'opacity-45' : ''}`}>
        <AttentionIcon attention={attention} size={15} />
        <span
          className={`text-[1.3rem] leading-7 font-semibold tabular-nums ${loud ? 'text-tone' : 'text-ink'}`}
        >
          {total ?? '–'}
        </span>
      </span>
      <span
        className={`text-[0.8rem] leading-tight tracking-tight whitespace-nowrap ${loud ? 'font-semibold text-tone' : 'text-faint'}`}
      >
        {label}
      </span>
    </button>
  );
}

function goToGroup(attention: Attention): void {
  const group = document.querySelector(`[data-testid="group-${attention}"]`);
  group?.scrollIntoView({ block: 'start' });
  const first = group?.querySelector<HTMLElement>('[data-testid="agent-card"] a, button');
  first?.focus({ preventScroll: true });
}
