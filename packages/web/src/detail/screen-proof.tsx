/** What the agent's terminal shows, where that proves something: the lines as they stand there. */
import type { AgentView } from '@headspace/contract';
import { Elapsed } from '../ui/elapsed.tsx';

const TITLE = {
  dialog: 'On its screen: a dialog',
  limit: 'On its screen: a limit',
  retry: 'On its screen: the API is tried again',
  unsent: 'On its screen: typed and not sent',
  stalled: 'On its screen: nothing moves',
  shell: 'On its screen: a shell',
  no_pane: 'Its terminal',
} as const satisfies Record<NonNullable<AgentView['screen']>['kind'], string>;

export function ScreenProof({ screen }: { screen: NonNullable<AgentView['screen']> }) {
  return (
    <section data-testid="screen-proof">
      <h3 className="eyebrow">{TITLE[screen.kind]}</h3>
      <ScreenLines screen={screen} />
      <p className="mt-1 text-[0.83rem] text-faint">
        {screen.lines.length === 0 ? `${screen.summary}, ` : ''}since{' '}
        <Elapsed at={screen.since} form="ago" />, last seen{' '}
        <Elapsed at={screen.seenAt} form="ago" />
      </p>
    </section>
  );
}

/** `lines`: how many, each cut at the edge; all of them whole unless given. */
export function ScreenLines({
  screen,
  lines,
}: {
  screen: NonNullable<AgentView['screen']>;
  lines?: number;
}) {
  if (screen.lines.length === 0) return null;
  const whole = lines === undefined;
  return (
    <pre className="mt-1 rounded-md border border-line bg-surface px-2.5 py-1.5 font-mono text-[0.8rem] leading-snug text-ink">
      {withoutMargin(screen.lines)
        .slice(0, lines)
        .map((line, index) => (
          <span
            key={`${index} ${line}`}
            className={whole ? 'block break-words whitespace-pre-wrap' : 'block truncate'}
          >
            {line === '' ? ' ' : line}
          </span>
        ))}
    </pre>
  );
}

/** A dialog stands some columns from the left edge. */
function withoutMargin(lines: readonly string[]): string[] {
  const margins = lines.filter((line) => line.trim() !== '').map((line) => line.search(/\S/));
  const margin = Math.max(0, Math.min(...margins));
  return lines.map((line) => line.slice(margin));
}
