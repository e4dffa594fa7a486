/** The open panel, kept in the address: links can be shared, and "back" closes what was opened. */
import { useMemo, useSyncExternalStore } from 'react';
import { parseRoute, routeHref, type Route } from './route.ts';

type Panel = Exclude<Route, { name: 'token' }>;

const MOVED = 'headspace:moved';

/** The route that the address shows at present. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => location.hash);
  return useMemo(() => parseRoute(hash), [hash]);
}

/**
 * Opens a panel. From the board this adds one step to the history; from panel to panel it
 * replaces it, so that one "back" always leads to the board.
 */
export function openPanel(panel: Panel): void {
  const fromBoard = parseRoute(location.hash).name === 'board';
  if (fromBoard) history.pushState({ openedHere: true }, '', routeHref(panel));
  else history.replaceState(history.state, '', routeHref(panel));
  window.dispatchEvent(new Event(MOVED));
}

/** Back to the board, without leaving the page where the panel came with the address. */
export function closePanel(): void {
  if (isOpenedHere(history.state)) {
    history.back();
    return;
  }
  history.replaceState(null, '', routeHref({ name: 'board' }));
  window.dispatchEvent(new Event(MOVED));
}

/** Takes a token out of the address and out of the history, and returns it. */
export function takeToken(): string | undefined {
  const route = parseRoute(location.hash);
  if (route.name !== 'token') return undefined;
  history.replaceState(null, '', `${location.pathname}${location.search}`);
  return route.token;
}

function isOpenedHere(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'openedHere' in state;
}

function subscribe(listener: () => void): () => void {
  for (const event of ['popstate', 'hashchange', MOVED]) addEventListener(event, listener);
  return () => {
    for (const event of ['popstate', 'hashchange', MOVED]) removeEventListener(event, listener);
  };
}
