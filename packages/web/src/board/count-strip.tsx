/** How many agents are in each group, at a glance; each number leads to its group. */
import type { Attention } from '@headspace/contract';
import type { AgentGroup } from '../model/agent-list.ts';
import { ATTENTION_TEXT } from '../model/attention.ts';
import { AttentionIcon } from '../ui/attention-icon.tsx';

export function CountStrip({ groups }: { groups: readonly AgentGroup[] }) {
  const live = groups.filter((group) => group.attention !== 'ended');
  return (
    <nav aria-label="Agents by attention" className="px-4 pt-3 sm:px-6">
      <ul className="panel grid grid-cols-4 overflow-hidden sm:grid-cols-7">
        {live.map(({ attention, total }) => (
          <li key={attention} className="-mr-px -mb-px border-r border-b border-line">
            <Count attention={attention} total={total} />
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Count({ attention, total }: { attention: Attention; total: number }) {
  const jump = () => {
    const group = document.querySelector(`[data-testid="group-${attention}"]`);
    group?.scrollIntoView({ block: 'start' });
    group
      ?.querySelector<HTMLElement>('[data-testid="agent-card"] a')
      ?.focus({ preventScroll: true });
  };
  const { label, meaning } = ATTENTION_TEXT[attention];
  const loud = attention === 'needs_you' && total > 0;
  return (
    <button
      type="button"
      data-attention={attention}
      disabled={total === 0}
      title={meaning}
      onClick={jump}
      className={`flex w-full flex-col px-2.5 py-2 text-left -outline-offset-2 sm:px-3.5 ${loud ? 'bg-tint' : 'enabled:hover:bg-raised'}`}
    >
      <span className={`flex items-center gap-1.5 ${total === 0 ? 'opacity-45' : ''}`}>
        <AttentionIcon attention={attention} size={15} />
        <span
          className={`text-[1.3rem] leading-7 font-semibold tabular-nums ${loud ? 'text-tone' : 'text-ink'}`}
        >
          {total}
        </span>
      </span>
      <span className={`truncate text-[0.8rem] ${loud ? 'font-semibold text-tone' : 'text-faint'}`}>
        {label}
      </span>
    </button>
  );
}
