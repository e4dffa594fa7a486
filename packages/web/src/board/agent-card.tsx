/** One agent on the board: what it does, why, since when, and what it was asked. */
import type { AgentView } from '@headspace/contract';
import { memo, type MouseEvent } from 'react';
import { selectedAgent } from '../live/app-state.ts';
import { useStore } from '../live/use-store.ts';
import { asSentence, ATTENTION_TEXT, groupOf } from '../model/attention.ts';
import { askedLine } from '../model/summary-lines.ts';
import { openPanel } from '../navigation/navigate.ts';
import { routeHref } from '../navigation/route.ts';
import { AttentionIcon } from '../ui/attention-icon.tsx';
import { Elapsed } from '../ui/elapsed.tsx';
import { CardDialogs } from './card-dialogs.tsx';
import { CardFooter } from './card-footer.tsx';
import { CardScreen } from './card-screen.tsx';

interface Props {
  agent: AgentView;
  /** Whether the panel beside the board shows this agent. */
  open: boolean;
  /** Whether there are agents on other machines too. */
  showHost: boolean;
}

export const AgentCard = memo(function AgentCard({ agent, open, showHost }: Props) {
  const { id, project, command } = agent;
  const attention = groupOf(agent.attention);
  const tabStop = useStore(selectedAgent, (selected) => selected === id);
  const isOver = attention === 'idle' || attention === 'ended';
  const asked = isOver || command === null ? null : askedLine(command);
  const outcome = attention === 'your_turn' ? command?.summary.outcome : null;
  return (
    <li
      className="card"
      data-testid="agent-card"
      data-agent-id={id}
      data-attention={attention}
      data-open={open ? '' : undefined}
      onClick={(event) => openFromCard(event, id)}
    >
      <div className="flex items-center gap-2">
        <AttentionIcon attention={attention} size={18} />
        <span className="text-[1.05rem] leading-6 font-semibold text-tone" id={`state-${id}`}>
          {ATTENTION_TEXT[attention].label}
        </span>
        <Elapsed at={agent.since} className="ml-auto text-[0.87rem] text-soft tabular-nums" />
      </div>
      <div className="mt-1.5 flex min-w-0 items-baseline gap-2" title={project.path}>
        <a
          href={routeHref({ name: 'agent', id })}
          tabIndex={tabStop ? 0 : -1}
          aria-describedby={`state-${id} reason-${id}`}
          aria-current={open ? 'true' : undefined}
          className="min-w-0 truncate font-semibold"
          onFocus={() => selectedAgent.set(id)}
        >
          {agent.name}
        </a>
        {agent.name.includes(project.name) ? null : (
          <span className="min-w-0 truncate text-[0.87rem] text-faint">{project.name}</span>
        )}
      </div>
      <p
        id={`reason-${id}`}
        // A dialog below says it all; for a screen reader the sentence stays.
        className={
          agent.dialogs.length > 0
            ? 'sr-only'
            : 'mt-0.5 line-clamp-2 text-[0.93rem] break-words text-soft'
        }
      >
        {asSentence(agent.reason)}
      </p>
      <CardDialogs dialogs={agent.dialogs} />
      <CardScreen agent={agent} />
      {asked ? (
        <p className="mt-2 line-clamp-2 border-l-2 border-line-strong pl-2 text-[0.87rem] break-words text-faint">
          {asked}
        </p>
      ) : null}
      {outcome ? (
        <p
          className="mt-1 line-clamp-2 pl-2.5 text-[0.87rem] break-words text-soft"
          data-testid="outcome"
        >
          {outcome}
        </p>
      ) : null}
      <CardFooter agent={agent} showHost={showHost} />
    </li>
  );
});

/** A click anywhere on the card opens it, but not one that ends a selection of text. */
function openFromCard(event: MouseEvent, id: number): void {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  if (getSelection()?.isCollapsed === false) return;
  selectedAgent.set(id);
  openPanel({ name: 'agent', id });
}
