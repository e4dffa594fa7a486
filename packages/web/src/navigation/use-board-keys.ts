/** The keys of the board. They act on the selected card; fields and dialogs keep their own. */
import { useEffect } from 'react';
import { composerWanted, helpShown, newAgentShown, selectedAgent } from '../live/app-state.ts';
import { moveFocus, type Box, type Direction } from './focus-move.ts';
import { closePanel, openPanel } from './navigate.ts';
import { parseRoute } from './route.ts';

/** Selects the cards of the board. */
export const CARD = '[data-testid="agent-card"]';

const MOVES: Readonly<Record<string, Direction>> = {
  j: 'next',
  k: 'previous',
  ArrowRight: 'next',
  ArrowLeft: 'previous',
  ArrowDown: 'down',
  ArrowUp: 'up',
};

export function useBoardKeys(): void {
  useEffect(() => {
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
}

/** Puts the focus on an agent's card. False where there is none. */
export function focusCard(id: number | null, preventScroll = false): boolean {
  const link = id === null ? null : cardOf(id)?.querySelector('a');
  if (!link) return false;
  link.focus({ preventScroll });
  if (!preventScroll) link.closest('li')?.scrollIntoView({ block: 'nearest' });
  return true;
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.target instanceof Element ? event.target : document.body;
  if (target.closest('dialog')) return;
  const handled = target.closest('input, textarea, select')
    ? onFieldKey(event.key, target)
    : onPageKey(event.key, target);
  if (handled) event.preventDefault();
}

function onFieldKey(key: string, target: Element): boolean {
  if (target.id !== 'filter') return false;
  if (key === 'ArrowDown' || key === 'Enter') return focusCard(firstCardId());
  // The browser empties a search field on Escape; an empty one is left.
  if (key !== 'Escape' || (target instanceof HTMLInputElement && target.value !== '')) return false;
  if (!focusCard(selectedAgent.get()) && target instanceof HTMLElement) target.blur();
  return true;
}

function onPageKey(key: string, target: Element): boolean {
  const route = parseRoute(location.hash);
  const inPanel = target.closest('[data-panel]') !== null;
  const direction = MOVES[key];
  if (direction && !(inPanel && key.startsWith('Arrow'))) return move(direction, inPanel);
  if (key === '/') return focusFilter();
  if (key === '?') {
    helpShown.set(true);
    return true;
  }
  if (key === 'n') {
    newAgentShown.set(true);
    return true;
  }
  if (key === 'Escape' && route.name !== 'board') {
    closePanel();
    return true;
  }
  const selected = selectedAgent.get();
  if ((key === 'o' || key === 'm') && selected !== null) {
    if (key === 'm') composerWanted.set(selected);
    openPanel({ name: 'agent', id: selected });
    return true;
  }
  return false;
}

/** Moves to another card; an open panel follows. */
function move(direction: Direction, inPanel: boolean): boolean {
  const boxes = cardBoxes();
  const route = parseRoute(location.hash);
  const focused = Boolean(document.activeElement?.closest(CARD));
  // Nothing is focused yet: the first press shows where one is.
  const current = focused || route.name === 'agent' ? selectedAgent.get() : null;
  const fallback = focused ? null : selectedAgent.get();
  const next =
    current === null && fallback !== null ? fallback : moveFocus(boxes, current, direction);
  if (next === null) return boxes.length > 0;
  selectedAgent.set(next);
  if (route.name === 'agent') openPanel({ name: 'agent', id: next });
  if (inPanel) cardOf(next)?.scrollIntoView({ block: 'nearest' });
  else focusCard(next);
  return true;
}

function focusFilter(): boolean {
  const field = document.querySelector<HTMLInputElement>('#filter');
  field?.focus();
  field?.select();
  return field !== null;
}

function cards(): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(CARD)];
}

function cardOf(id: number): HTMLElement | null {
  return document.querySelector(`${CARD}[data-agent-id="${id}"]`);
}

function firstCardId(): number | null {
  return cardBoxes()[0]?.id ?? null;
}

function cardBoxes(): Box[] {
  return cards().map((card) => {
    const { left, top, width } = card.getBoundingClientRect();
    return { id: Number(card.dataset['agentId']), left, top, width };
  });
}
