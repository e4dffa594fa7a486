/** Narrows the board by words and by project; says what it hides. */
import { agentFilter } from '../live/app-state.ts';
import { useStore } from '../live/use-store.ts';
import { isNoFilter, NO_FILTER, type AgentGroup, type ProjectOption } from '../model/agent-list.ts';

interface Props {
  groups: readonly AgentGroup[];
  projects: readonly ProjectOption[];
}

export function FilterBar({ groups, projects }: Props) {
  const filter = useStore(agentFilter, (value) => value);
  return (
    <div role="search" className="flex flex-wrap items-center gap-2 px-4 pt-3 sm:px-6">
      <input
        id="filter"
        type="search"
        value={filter.text}
        placeholder="Filter by name, prompt, path…  ( / )"
        aria-label="Filter agents"
        autoComplete="off"
        spellCheck={false}
        className="field min-w-40 flex-1 sm:max-w-80"
        onChange={(event) => agentFilter.set({ ...filter, text: event.target.value })}
      />
      <select
        aria-label="Project"
        className="field max-w-44 min-w-0"
        value={filter.projectId ?? ''}
        onChange={({ target: { value } }) =>
          agentFilter.set({ ...filter, projectId: value === '' ? null : Number(value) })
        }
      >
        <option value="">All projects</option>
        {projects.map((project) => (
          <option key={project.id} value={project.id}>
            {project.name} ({project.agents})
          </option>
        ))}
      </select>
      {isNoFilter(filter) ? null : <FilterResult groups={groups} />}
    </div>
  );
}

/** A filter must never hide quietly that somebody waits. */
function FilterResult({ groups }: Pick<Props, 'groups'>) {
  const live = groups.filter((group) => group.attention !== 'ended');
  const total = live.reduce((sum, group) => sum + group.total, 0);
  const shown = live.reduce((sum, group) => sum + group.agents.length, 0);
  const needing = groups.find((group) => group.attention === 'needs_you');
  const hidden = needing ? needing.total - needing.agents.length : 0;
  return (
    <>
      <span className="text-[0.87rem] text-soft" role="status">
        {shown} of {total} shown
        {hidden > 0 ? (
          <strong data-attention="needs_you" className="font-semibold text-tone">
            {`, ${hidden} hidden ${hidden === 1 ? 'agent needs' : 'agents need'} you`}
          </strong>
        ) : null}
      </span>
      <button type="button" className="button" onClick={() => agentFilter.set(NO_FILTER)}>
        Clear
      </button>
    </>
  );
}
