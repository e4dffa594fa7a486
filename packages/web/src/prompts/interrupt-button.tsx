/** Stops the turn that runs, as Escape in the terminal does. */
import { Refusal } from './refusal.tsx';
import { useAction } from './use-action.ts';

export function InterruptButton({ agentId }: { agentId: number }) {
  const { run, busy, error } = useAction(() => undefined);
  return (
    <div className="mt-2">
      <button
        type="button"
        className="button"
        disabled={busy}
        title="Presses Escape in its terminal"
        onClick={() => void run('POST', `/api/agents/${agentId}/interrupt`)}
      >
        {busy ? 'Interrupting…' : 'Interrupt the turn'}
      </button>
      <Refusal error={error} />
    </div>
  );
}
