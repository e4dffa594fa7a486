/**
 * Keeps one card in the tab order, and the focus on a card that moved to another group: moving
 * takes the focus from it, and the reader of the page must not be thrown to its top.
 */
import { useEffect, useLayoutEffect, useRef } from 'react';
import { selectedAgent } from '../live/app-state.ts';
import type { AgentGroup } from '../model/agent-list.ts';
import { CARD, focusCard } from './use-board-keys.ts';

export function useKeptFocus(groups: readonly AgentGroup[]): void {
  const focused = useRef<number | null>(null);
  useEffect(() => {
    const track = ({ target }: Event) => {
      const card = target instanceof Element ? target.closest(CARD) : null;
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
