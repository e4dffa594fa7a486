/** Everything about one agent: its state and why, what it asks, where it runs, its history. */
import type { AgentView } from '@headspace/contract';
import { useEffect, useState } from 'react';
import { CardDialogs } from '../board/card-dialogs.tsx';
import { connection, selectedAgent } from '../live/app-state.ts';
import { useStore } from '../live/use-store.ts';
import { asSentence, ATTENTION_TEXT, groupOf } from '../model/attention.ts';
import { DialogAnswer } from '../prompts/dialog-answer.tsx';
import { unreachable } from '../prompts/prompt-words.ts';
import { AgentPrompts } from '../prompts/agent-prompts.tsx';
import { AttentionIcon } from '../ui/attention-icon.tsx';
import { Elapsed } from '../ui/elapsed.tsx';
import { AgentFacts } from './agent-facts.tsx';
import { AgentRecords } from './agent-records.tsx';
import { DismissButton } from './dismiss-button.tsx';
import { EndButton } from './end-button.tsx';
import { EvidenceList } from './evidence-list.tsx';
import { ScreenProof } from './screen-proof.tsx';

export function AgentDetail({ id }: { id: number }) {
  const agent = useStore(connection.board, (board) => board.agents.get(id));
  const stale = useStore(connection.link, (link) => link.name === 'lost');
  const [eventId, setEventId] = useState<number | null>(null);
  useEffect(() => {
    selectedAgent.set(id);
  }, [id]);
  if (!agent) return <MissingAgent id={id} />;
  const attention = groupOf(agent.attention);
  return (
    <article
      data-testid="agent-detail"
      data-agent-id={id}
      data-attention={attention}
      className={stale ? 'is-stale' : ''}
    >
      {/* Stays in sight, under the button that closes the panel. */}
      <div className="sticky top-0 z-5 flex h-14 items-center gap-x-2.5 bg-tint pr-14 pl-5">
        <AttentionIcon attention={attention} size={22} />
        <span className="text-[1.35rem] font-semibold text-tone">
          {ATTENTION_TEXT[attention].label}
        </span>
        <span className="text-soft">
          · <Elapsed at={agent.since} className="tabular-nums" />
        </span>
      </div>
      <header className="border-b border-line bg-tint px-5 pb-4">
        <p className="text-[1.05rem] break-words">{asSentence(agent.reason)}</p>
        <h2 className="mt-2.5 font-semibold">{agent.name}</h2>
        <p className="text-[0.87rem] break-words text-soft">
          {agent.project.name} ·{' '}
          <span className="font-mono text-[0.95em]">{agent.project.path}</span>
        </p>
      </header>
      <div className="flex flex-col gap-5 px-5 py-4">
        {agent.attention === 'needs_you' && agent.rule !== 'turn-failed' ? (
          <Part title="Waits for you">
            <CardDialogs dialogs={agent.dialogs} whole />
            {unreachable(agent) === null ? <DialogAnswer agentId={id} version={agent} /> : null}
          </Part>
        ) : null}
        <AgentPrompts agent={agent} />
        {agent.screen ? <ScreenProof screen={agent.screen} /> : null}
        <Part title="Why">
          <EvidenceList rule={agent.rule} evidence={agent.evidence} onOpenEvent={setEventId} />
        </Part>
        <AgentCommand agent={agent} />
        <AgentFacts agent={agent} />
        <div className="flex flex-wrap gap-2">
          <DismissButton agent={agent} />
          <EndButton agent={agent} />
        </div>
        <AgentRecords agent={agent} eventId={eventId} onEventShown={() => setEventId(null)} />
      </div>
    </article>
  );
}

function Part({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section>
      <h3 className="eyebrow">{title}</h3>
      {children}
    </section>
  );
}

function AgentCommand({ agent: { command, background } }: { agent: AgentView }) {
  return (
    <>
      {command ? (
        <Part title={command.completedAt ? 'Last command' : 'Command'}>
          <p className="mt-1 max-h-60 overflow-y-auto border-l-2 border-line-strong pl-3 break-words whitespace-pre-wrap">
            {command.prompt ?? <span className="text-faint">The prompt was not seen</span>}
          </p>
          <p className="mt-1 text-[0.83rem] text-faint">
            {command.state.replace('_', ' ')}, asked <Elapsed at={command.startedAt} form="ago" />
            {command.completedAt ? (
              <>
                , done <Elapsed at={command.completedAt} form="ago" />
              </>
            ) : null}
          </p>
        </Part>
      ) : null}
      {background.length > 0 ? (
        <Part title="In the background">
          <ul className="mt-1 flex flex-col gap-1">
            {background.map((task) => (
              <li key={task.id} className="text-[0.93rem] break-words">
                <span className="text-faint">{task.kind}</span> {task.description ?? task.id}
              </li>
            ))}
          </ul>
        </Part>
      ) : null}
    </>
  );
}

/** A link can outlive its agent, or lead to one that has ended and is not loaded yet. */
function MissingAgent({ id }: { id: number }) {
  const [state, setState] = useState<'looking' | 'missing' | 'failed'>('looking');
  const loaded = useStore(connection.board, (board) => board.endedLoaded);
  useEffect(() => {
    if (loaded) setState('missing');
    else void connection.loadEnded().catch(() => setState('failed'));
  }, [loaded]);
  const words = {
    looking: 'Looking for this agent…',
    missing: `There is no agent ${id}.`,
    failed: 'This agent could not be looked up.',
  };
  return (
    <p className="px-5 py-5 text-soft" role="status" data-testid="agent-missing">
      {words[state]}
    </p>
  );
}
