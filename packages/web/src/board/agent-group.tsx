/** All agents of one attention, with a heading. Ended ones are fetched and shown on request. */
import { useState } from 'react';
import { connection, endedShown } from '../live/app-state.ts';
import { useStore } from '../live/use-store.ts';
import type { AgentGroup } from '../model/agent-list.ts';
import { ATTENTION_TEXT } from '../model/attention.ts';
import { AgentCard } from './agent-card.tsx';

interface Props {
  group: AgentGroup;
  openId: number | null;
  showHosts: boolean;
}

export function AgentGroupSection({ group, openId, showHosts }: Props) {
  const { attention, agents, total } = group;
  const ended = attention === 'ended';
  const shown = useStore(endedShown, (value) => value) || !ended;
  const { label, meaning } = ATTENTION_TEXT[attention];
  const count = agents.length === total ? String(total) : `${agents.length} of ${total}`;
  return (
    <section
      data-testid={`group-${attention}`}
      data-attention={attention}
      aria-labelledby={`group-${attention}`}
      data-span={shown && !ended ? Math.min(agents.length, 5) : 'all'}
      className="group-section"
    >
      <div className="sticky top-13 z-10 flex min-h-10 items-center gap-3 bg-page py-2">
        <h2
          id={`group-${attention}`}
          className="flex items-baseline gap-2 font-semibold whitespace-nowrap"
        >
          {label}
          {ended && !shown ? null : (
            <span className="rounded-full border border-line bg-surface px-2 text-[0.83rem] leading-5 text-tone tabular-nums">
              {count}
            </span>
          )}
        </h2>
        <p className="hidden min-w-0 truncate text-[0.87rem] text-faint sm:block">{meaning}</p>
        {ended ? <EndedToggle /> : null}
      </div>
      {shown ? (
        <ul className="card-grid">
          {agents.map((agent) => (
            <AgentCard
              key={agent.id}
              agent={agent}
              open={agent.id === openId}
              showHost={showHosts}
            />
          ))}
        </ul>
      ) : null}
      {ended && shown && total === 0 ? (
        <p className="text-[0.93rem] text-faint">No session has ended.</p>
      ) : null}
    </section>
  );
}

function EndedToggle() {
  const shown = useStore(endedShown, (value) => value);
  const [state, setState] = useState<'ready' | 'loading' | 'failed'>('ready');
  const toggle = () => {
    if (shown || connection.board.get().endedLoaded) {
      endedShown.set(!shown);
      return;
    }
    setState('loading');
    connection.loadEnded().then(
      () => {
        setState('ready');
        endedShown.set(true);
      },
      () => setState('failed'),
    );
  };
  const words = { ready: 'Show', loading: 'Loading…', failed: 'That failed. Try again' };
  return (
    <button type="button" className="button ml-auto" aria-expanded={shown} onClick={toggle}>
      {shown ? 'Hide' : words[state]}
    </button>
  );
}
