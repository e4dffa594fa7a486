/** How an agent's work goes on in another one: the chain, the handoff that is open, and its exam. */
import type { AgentView, HandoffList, HandoffView } from '@headspace/contract';
import { connection } from '../live/app-state.ts';
import { useResource } from '../live/use-resource.ts';
import { useStore } from '../live/use-store.ts';
import { PanelLink } from '../navigation/panel-link.tsx';
import { Refusal } from '../prompts/refusal.tsx';
import { useAction } from '../prompts/use-action.ts';
import { HandoffExam } from './handoff-exam.tsx';
import { HandoffRequest } from './handoff-request.tsx';
import { canHandOver, handoffWords, isOpen } from './handoff-words.ts';

export function AgentHandoffs({ agent }: { agent: AgentView }) {
  // Every step of a handoff comes with a change of its agents.
  const list = useResource<HandoffList>(`/api/handoffs?agent=${agent.id}`, agent);
  const handoffs = list.data?.handoffs ?? [];
  const { predecessorId, successorId } = agent;
  const mayAsk = list.data !== null && canHandOver(agent, handoffs);
  if (handoffs.length === 0 && !mayAsk && list.error === null) return null;
  return (
    <section aria-label="Handoff">
      <h3 className="eyebrow">Handoff</h3>
      {predecessorId === null ? null : (
        <p className="mt-1 text-[0.93rem]">
          It has taken over from <AgentLink id={predecessorId} />.
        </p>
      )}
      {successorId === null ? null : (
        <p className="mt-1 text-[0.93rem]">
          Its work goes on with <AgentLink id={successorId} />: it takes no more messages.
        </p>
      )}
      {handoffs
        .filter((handoff) => isOpen(handoff) || handoff.exam !== null)
        .map((handoff) => (
          <Handoff key={handoff.id} handoff={handoff} onChanged={list.retry} />
        ))}
      {mayAsk ? <HandoffRequest agentId={agent.id} onAsked={list.retry} /> : null}
      {list.error ? (
        <p role="alert" className="mt-1 text-[0.87rem] text-soft">
          The handoffs could not be read: {list.error.message}.
        </p>
      ) : null}
    </section>
  );
}

function AgentLink({ id }: { id: number }) {
  const name = useStore(connection.board, (board) => board.agents.get(id)?.name);
  return (
    <PanelLink to={{ name: 'agent', id }} className="font-semibold underline">
      {name ?? `agent ${id}`}
    </PanelLink>
  );
}

function Handoff({ handoff, onChanged }: { handoff: HandoffView; onChanged: () => void }) {
  const { run, busy, error } = useAction(onChanged);
  const { id, state, why, note, path } = handoff;
  const act = (name: 'resume' | 'abandon') =>
    run<HandoffView>('POST', `/api/handoffs/${id}/${name}`);
  const failed = state === 'failed';
  return (
    <div
      className="mt-2 border-l-2 border-line-strong pl-3"
      data-testid="handoff"
      data-state={state}
      {...(failed ? { 'data-attention': 'needs_you' } : {})}
    >
      <p role="status" className={failed ? 'font-semibold text-tone' : 'font-semibold'}>
        {handoffWords(handoff)}
      </p>
      {why === null ? null : <p className="text-[0.93rem] break-words text-soft">{why}</p>}
      {note === null ? null : <p className="text-[0.87rem] break-words text-faint">Note: {note}</p>}
      {path === null ? null : (
        <p className="font-mono text-[0.8rem] break-all text-faint">{path}</p>
      )}
      {handoff.exam === null ? null : <HandoffExam exam={handoff.exam} />}
      {isOpen(handoff) ? (
        <div className="mt-1.5 flex flex-wrap gap-2">
          {failed ? (
            <button
              type="button"
              className="button"
              disabled={busy}
              title="Tries the failed step again"
              onClick={() => void act('resume')}
            >
              Resume
            </button>
          ) : null}
          <button
            type="button"
            className="button"
            disabled={busy}
            title="Gives the handoff up; what is not handed over stays with this agent"
            onClick={() => void act('abandon')}
          >
            Abandon
          </button>
        </div>
      ) : null}
      <Refusal error={error} />
    </div>
  );
}
