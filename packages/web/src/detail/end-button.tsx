/** Ends the session of an agent that Headspace has started. Asks once more: it cannot be undone. */
import type { AgentView, LaunchView } from '@headspace/contract';
import { useState } from 'react';
import { Refusal } from '../prompts/refusal.tsx';
import { useAction } from '../prompts/use-action.ts';

export function EndButton({ agent }: { agent: AgentView }) {
  const [asked, setAsked] = useState(false);
  const action = useAction(() => setAsked(false));
  if (agent.launchId === null || agent.attention === 'ended') return null;
  const path = `/api/launches/${agent.launchId}/stop`;
  return (
    <span className="flex flex-wrap items-center gap-2">
      {asked ? (
        <>
          <button
            type="button"
            className="button border-line-strong text-ink"
            disabled={action.busy}
            onClick={() => void action.run<LaunchView>('POST', path)}
          >
            Really end it
          </button>
          <button type="button" className="button" onClick={() => setAsked(false)}>
            Keep it
          </button>
        </>
      ) : (
        <button
          type="button"
          className="button"
          title="Closes its terminal; Claude Code ends in order. It can be resumed with claude --resume."
          onClick={() => setAsked(true)}
        >
          End session
        </button>
      )}
      <Refusal error={action.error} />
    </span>
  );
}
