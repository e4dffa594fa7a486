/**
 * The panel beside the board (over it where there is no room for both). It takes the focus when
 * it opens and gives it back to the card when it closes.
 */
import { useEffect, useRef } from 'react';
import { LostNotice } from '../board/lost-notice.tsx';
import { selectedAgent } from '../live/app-state.ts';
import { closePanel } from '../navigation/navigate.ts';
import type { Route } from '../navigation/route.ts';
import { focusCard } from '../navigation/use-board-keys.ts';
import { AgentDetail } from './agent-detail.tsx';
import { ServerDetail } from './server-detail.tsx';

interface Props {
  route: Extract<Route, { name: 'agent' | 'server' }>;
  /** True where the panel hides the board: then the loss of the stream is told here too. */
  covering: boolean;
}

export function DetailPanel({ route, covering }: Props) {
  const panel = useRef<HTMLElement>(null);
  useEffect(() => {
    // The message field may have been asked for: it is inside, and has the focus already.
    const hasFocus = panel.current?.contains(document.activeElement) ?? false;
    if (!hasFocus) panel.current?.focus({ preventScroll: true });
    return () => void focusCard(selectedAgent.get(), true);
  }, []);
  const key = route.name === 'agent' ? `agent ${route.id}` : 'server';
  useEffect(() => {
    panel.current?.scrollTo({ top: 0 });
  }, [key]);
  return (
    <aside
      ref={panel}
      tabIndex={-1}
      data-panel=""
      aria-label={route.name === 'agent' ? 'Agent details' : 'Server'}
      className="fixed inset-0 z-30 scroll-pt-14 overflow-y-auto overscroll-contain bg-surface outline-none lg:sticky lg:inset-auto lg:top-13 lg:z-10 lg:h-[calc(100dvh-3.25rem)] lg:w-[30rem] lg:shrink-0 lg:border-l lg:border-line xl:w-[34rem]"
    >
      {covering ? <LostNotice /> : null}
      <div className="sticky top-0 z-10 h-0">
        <button
          type="button"
          className="button absolute top-3 right-3 size-8 px-0 text-[1.1rem]"
          aria-label="Close"
          title="Close ( Esc )"
          onClick={closePanel}
        >
          ×
        </button>
      </div>
      {route.name === 'agent' ? <AgentDetail key={route.id} id={route.id} /> : <ServerDetail />}
    </aside>
  );
}
