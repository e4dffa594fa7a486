/** Takes an agent off the board, and brings it back. A hook of a living session does that too. */
import type { AgentView } from '@headspace/contract';
import { useState } from 'react';
import { api } from '../live/app-state.ts';
import { ApiError } from '../net/api.ts';

const ACTS = {
  dismiss: {
    label: 'Dismiss',
    title:
      'Takes the agent off the board. Its session is not touched; its next hook brings it back.',
  },
  restore: { label: 'Bring back', title: 'Undoes the dismissal: the agent is as it was.' },
} as const;

export function DismissButton({ agent }: { agent: AgentView }) {
  const [running, setRunning] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const act = actFor(agent);
  if (act === null) return null;
  const run = () => {
    setRunning(true);
    setProblem(null);
    api
      .post(`/api/agents/${agent.id}/${act}`)
      .catch((error: unknown) => setProblem(wordsOf(error)))
      .finally(() => setRunning(false));
  };
  return (
    <span className="flex flex-wrap items-center gap-2">
      <button
        type="button"
        className="button"
        data-testid={`agent-${act}`}
        title={ACTS[act].title}
        disabled={running}
        onClick={run}
      >
        {ACTS[act].label}
      </button>
      {problem === null ? null : (
        <span role="alert" className="text-[0.87rem] text-soft">
          {problem}
        </span>
      )}
    </span>
  );
}

/** Only what a person has dismissed can be brought back by one. */
function actFor({ attention, evidence }: AgentView): keyof typeof ACTS | null {
  if (attention !== 'ended') return 'dismiss';
  return evidence[0]?.source === 'person' ? 'restore' : null;
}

function wordsOf(error: unknown): string {
  return error instanceof ApiError ? error.message : 'That failed';
}
