/** Stops the turn that runs, as Escape in the terminal does. */
import type { KeyResult } from '@headspace/contract';
import { useState } from 'react';
import { Refusal } from './refusal.tsx';
import { useAction } from './use-action.ts';

export function InterruptButton({ agentId }: { agentId: number }) {
  const { run, busy, error } = useAction(() => undefined);
  const [unseen, setUnseen] = useState(false);
  const interrupt = async () => {
    setUnseen(false);
    const result = await run<KeyResult>('POST', `/api/agents/${agentId}/interrupt`);
    setUnseen(result?.done === false);
  };
  return (
    <div className="mt-2">
      <button
        type="button"
        className="button"
        disabled={busy}
        title="Presses Escape in its terminal"
        onClick={() => void interrupt()}
      >
        {busy ? 'Interrupting…' : 'Interrupt the turn'}
      </button>
      {unseen ? (
        <p role="status" className="mt-1.5 text-[0.87rem] text-soft">
          Escape was pressed; the terminal still says that it works.
        </p>
      ) : null}
      <Refusal error={error} />
    </div>
  );
}
