/** The board with everything around it. */
import type { HookStatus } from '@headspace/contract';
import { Board } from '../board/board.tsx';
import { ConfigNotice } from '../board/config-notice.tsx';
import { LostNotice } from '../board/lost-notice.tsx';
import { ServerNotice } from '../board/server-notice.tsx';
import { DetailPanel } from '../detail/detail-panel.tsx';
import { NewAgentDialog } from '../launches/new-agent-dialog.tsx';
import { connection } from '../live/app-state.ts';
import { useBeat } from '../live/use-beat.ts';
import { useMedia } from '../live/use-media.ts';
import { useResource } from '../live/use-resource.ts';
import { useStore } from '../live/use-store.ts';
import { useRoute } from '../navigation/navigate.ts';
import type { Route } from '../navigation/route.ts';
import { useBoardKeys } from '../navigation/use-board-keys.ts';
import { PersonasPage } from '../personas/personas-page.tsx';
import { SettingsPage } from '../settings/settings-page.tsx';
import { KeysPage } from '../keys/keys-page.tsx';
import { Announcer } from './announcer.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { PageHeader } from './page-header.tsx';
import { usePageBadge } from './use-page-badge.ts';

const STATUS_PERIOD_MS = 10_000;
/** From here on the panel stands beside the board (`lg` in the style sheet), else over it. */
const WIDE = '(min-width: 64rem)';

export function BoardPage() {
  const needing = useStore(connection.board, ({ agents }) => countNeedingYou(agents.values()));
  const parked = useStore(connection.board, (board) => board.parked.length);
  const live = useStore(connection.link, (link) => link.name !== 'lost');
  const beat = useBeat(STATUS_PERIOD_MS);
  const status = useResource<HookStatus>('/hook/status', `${beat} ${parked}`).data;
  const route = useRoute();
  const panel = route.name === 'agent' || route.name === 'server' ? route : null;
  const covered = !useMedia(WIDE) && panel !== null;
  useBoardKeys();
  usePageBadge(needing, live);
  return (
    <>
      <div inert={covered} className="contents">
        <PageHeader />
        <LostNotice />
        {live ? <ServerNotice status={status} /> : null}
        {live && route.name !== 'settings' ? <ConfigNotice beat={beat} /> : null}
      </div>
      <div className="flex items-start">
        <main
          inert={covered}
          className={`@container min-w-0 flex-1 pb-16 ${live ? '' : 'is-stale'}`}
        >
          <Page route={route} status={status} />
        </main>
        {panel ? <DetailPanel route={panel} covering={covered} /> : null}
      </div>
      <HelpDialog />
      <NewAgentDialog />
      <Announcer />
    </>
  );
}

/** Beside the panel: one of the pages, or the board. */
function Page({ route, status }: { route: Route; status: HookStatus | null }) {
  switch (route.name) {
    case 'settings':
      return <SettingsPage />;
    case 'personas':
      return <PersonasPage />;
    case 'keys':
      return <KeysPage />;
    default:
      return <Board status={status} openId={route.name === 'agent' ? route.id : null} />;
  }
}

function countNeedingYou(agents: Iterable<{ attention: string }>): number {
  let count = 0;
  for (const { attention } of agents) if (attention === 'needs_you') count += 1;
  return count;
}
