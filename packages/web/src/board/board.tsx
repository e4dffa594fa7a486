/** The agents in their groups, with the counts and the filter above them. */
import type { HookStatus } from '@headspace/contract';
import { useDeferredValue, useMemo } from 'react';
import { agentFilter, connection } from '../live/app-state.ts';
import { useStore } from '../live/use-store.ts';
import { groupAgents, projectOptions, type AgentGroup } from '../model/agent-list.ts';
import { hasManyHosts } from '../model/host-name.ts';
import { useKeptFocus } from '../navigation/use-kept-focus.ts';
import { AgentGroupSection } from './agent-group.tsx';
import { CountStrip } from './count-strip.tsx';
import { EmptyBoard } from './empty-board.tsx';
import { FilterBar } from './filter-bar.tsx';
import { NoMatch } from './no-match.tsx';

interface Props {
  status: HookStatus | null;
  /** The agent in the panel beside the board. */
  openId: number | null;
}

export function Board({ status, openId }: Props) {
  const agents = useStore(connection.board, (board) => board.agents);
  const endedLoaded = useStore(connection.board, (board) => board.endedLoaded);
  const filter = useDeferredValue(useStore(agentFilter, (value) => value));
  const groups = useMemo(() => groupAgents(agents.values(), filter), [agents, filter]);
  const projects = useMemo(
    () => projectOptions(agents.values(), filter.projectId),
    [agents, filter.projectId],
  );
  const showHosts = useMemo(() => hasManyHosts(agents.values()), [agents]);
  useKeptFocus(groups);
  const running = groups.filter((group) => group.attention !== 'ended');
  const none = running.every((group) => group.total === 0);
  const noneShown = running.every((group) => group.agents.length === 0);
  return (
    <>
      {none ? (
        <EmptyBoard status={status} />
      ) : (
        <>
          <CountStrip groups={groups} endedLoaded={endedLoaded} />
          <FilterBar groups={groups} projects={projects} />
        </>
      )}
      {noneShown && !none ? <NoMatch /> : null}
      <div className="board px-4 pt-3 sm:px-6">
        {groups.filter(isShown).map((group) => (
          <AgentGroupSection
            key={group.attention}
            group={group}
            openId={openId}
            showHosts={showHosts}
          />
        ))}
      </div>
    </>
  );
}

/** Ended agents are not counted before they are fetched, so their group is always there. */
function isShown({ attention, agents }: AgentGroup): boolean {
  return attention === 'ended' || agents.length > 0;
}
