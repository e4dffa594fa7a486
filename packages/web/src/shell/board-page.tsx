/** The board with everything around it. */
import type { HookStatus } from '@headspace/contract';
import { useDeferredValue, useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { AgentGroupSection } from '../board/agent-group.tsx';
import { CountStrip } from '../board/count-strip.tsx';
import { EmptyBoard } from '../board/empty-board.tsx';
import { FilterBar } from '../board/filter-bar.tsx';
import { LostNotice } from '../board/lost-notice.tsx';
import { ServerNotice } from '../board/server-notice.tsx';
import { DetailPanel } from '../detail/detail-panel.tsx';
import { agentFilter, connection, selectedAgent } from '../live/app-state.ts';
import { useStore } from '../live/use-store.ts';
import { useBeat } from '../live/use-beat.ts';
import { useResource } from '../live/use-resource.ts';
import { groupAgents, projectOptions, type AgentGroup } from '../model/agent-list.ts';
import { useRoute } from '../navigation/navigate.ts';
import { focusCard, useBoardKeys } from '../navigation/use-board-keys.ts';
import { Announcer } from './announcer.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { PageHeader } from './page-header.tsx';
import { usePageBadge } from './use-page-badge.ts';

const STATUS_PERIOD_MS = 10_000;

export function BoardPage() {
  const agents = useStore(connection.board, (board) => board.agents);
  const parked = useStore(connection.board, (board) => board.parked);
  const endedLoaded = useStore(connection.board, (board) => board.endedLoaded);
  const live = useStore(connection.link, (link) => link.name !== 'lost');
  const filter = useDeferredValue(useStore(agentFilter, (value) => value));
  const groups = useMemo(() => groupAgents(agents.values(), filter), [agents, filter]);
  const projects = useMemo(() => projectOptions(agents.values()), [agents]);
  const route = useRoute();
  const openId = route.name === 'agent' ? route.id : null;
  const beat = useBeat(STATUS_PERIOD_MS);
  const status = useResource<HookStatus>('/hook/status', `${beat} ${parked.length}`).data;
  const liveTotal = groups.reduce(
    (sum, { attention, total }) => sum + (attention === 'ended' ? 0 : total),
    0,
  );

  useBoardKeys();
  useKeptFocus(groups);
  usePageBadge(groups.find((group) => group.attention === 'needs_you')?.total ?? 0, live);

  return (
    <>
      <PageHeader />
      <LostNotice />
      {live ? <ServerNotice status={status} /> : null}
      <div className="flex items-start">
        <main className={`min-w-0 flex-1 @container pb-16 ${live ? '' : 'is-stale'}`}>
          {liveTotal > 0 ? (
            <>
              <CountStrip groups={groups} endedLoaded={endedLoaded} />
              <FilterBar groups={groups} projects={projects} />
            </>
          ) : null}
          {liveTotal === 0 ? <EmptyBoard status={status} /> : null}
          <div className="board px-4 pt-3 sm:px-6">
            {groups.filter(isShown).map((group) => (
              <AgentGroupSection key={group.attention} group={group} openId={openId} />
            ))}
          </div>
        </main>
        {route.name === 'agent' || route.name === 'server' ? <DetailPanel route={route} /> : null}
      </div>
      <HelpDialog />
      <Announcer />
    </>
  );
}

/** Ended agents are not counted before they are fetched, so their group is always there. */
function isShown({ attention, agents }: AgentGroup): boolean {
  return attention === 'ended' || agents.length > 0;
}

/**
 * Keeps one card in the tab order, and the focus on a card that moved to another group (moving
 * takes the focus from it).
 */
function useKeptFocus(groups: readonly AgentGroup[]): void {
  const focused = useRef<number | null>(null);
  useEffect(() => {
    const track = (event: Event) => {
      const card = event.target instanceof Element ? event.target.closest('[data-agent-id]') : null;
      focused.current = card ? Number(card.getAttribute('data-agent-id')) : null;
    };
    addEventListener('focusin', track);
    addEventListener('pointerdown', track);
    return () => {
      removeEventListener('focusin', track);
      removeEventListener('pointerdown', track);
    };
  }, []);
  useLayoutEffect(() => {
    const ids = groups.flatMap((group) => group.agents.map((agent) => agent.id));
    const selected = selectedAgent.get();
    if (selected === null || !ids.includes(selected)) selectedAgent.set(ids[0] ?? null);
    if (document.activeElement === document.body) focusCard(focused.current, true);
  }, [groups]);
}
