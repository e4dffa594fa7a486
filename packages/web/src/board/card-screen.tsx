/** The first lines of what a card's state rests on, where that is the agent's screen. */
import type { AgentView } from '@headspace/contract';
import { ScreenLines } from '../detail/screen-proof.tsx';

/** Rules that the screen decided. */
const RULES: ReadonlySet<string> = new Set(['screen-dialog', 'screen-limit', 'stalled']);
const SHOWN_LINES = 4;

export function CardScreen({ agent: { screen, rule } }: { agent: AgentView }) {
  if (screen === null || !RULES.has(rule)) return null;
  return (
    <div data-testid="card-screen">
      <ScreenLines screen={screen} lines={SHOWN_LINES} />
    </div>
  );
}
