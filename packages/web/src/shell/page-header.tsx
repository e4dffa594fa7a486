/** The bar at the top: the name, whether the page is live, and the ways out of it. */
import { StreamPill } from '../board/stream-pill.tsx';
import { helpShown, newAgentShown } from '../live/app-state.ts';
import { PanelLink } from '../navigation/panel-link.tsx';
import { Brand } from './brand.tsx';
import { LogoutButton } from '../ui/logout-button.tsx';

export function PageHeader() {
  return (
    <header className="sticky top-0 z-20 flex h-13 items-center gap-3 border-b border-line bg-page px-4 sm:px-6">
      <h1>
        <Brand narrow />
      </h1>
      <StreamPill />
      <div className="ml-auto flex items-center gap-1.5">
        <button
          type="button"
          className="button"
          title="Start an agent ( n )"
          onClick={() => newAgentShown.set(true)}
        >
          New<span className="hidden sm:inline"> agent</span>
        </button>
        <PanelLink to={{ name: 'server' }} className="button">
          Server
        </PanelLink>
        <PanelLink to={{ name: 'settings' }} className="button">
          Settings
        </PanelLink>
        <button
          type="button"
          className="button hidden sm:inline-flex"
          aria-label="Show the keys"
          title="Keys ( ? )"
          onClick={() => helpShown.set(true)}
        >
          ?
        </button>
        <LogoutButton className="hidden sm:inline-flex" />
      </div>
    </header>
  );
}
