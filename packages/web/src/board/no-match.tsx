/** The filter lets no agent through. */
import { agentFilter } from '../live/app-state.ts';
import { NO_FILTER } from '../model/agent-list.ts';

export function NoMatch() {
  return (
    <div className="flex flex-col items-center gap-3 px-4 py-16 text-center" data-testid="no-match">
      <p className="text-soft">No running agent matches this filter.</p>
      <button type="button" className="button" onClick={() => agentFilter.set(NO_FILTER)}>
        Show all agents
      </button>
    </div>
  );
}
