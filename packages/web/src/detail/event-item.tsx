/** One hook event as it came in, and what it did. */
import type { HookEventView } from '@headspace/contract';
import { useEffect, useRef, useState } from 'react';
import { ClockTime } from '../ui/clock-time.tsx';

const STATUS = {
  pending: { text: 'waits', tone: 'stalled' },
  applied: { text: 'applied', tone: 'your_turn' },
  recorded: { text: 'recorded only', tone: 'idle' },
  parked: { text: 'parked', tone: 'needs_you' },
} as const satisfies Record<HookEventView['status'], unknown>;

interface Props {
  event: HookEventView;
  /** True where the reader has asked for this very event. */
  wanted?: boolean;
  onShown?: () => void;
}

export function EventItem({ event, wanted = false, onShown }: Props) {
  const [open, setOpen] = useState(false);
  const item = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    if (!wanted) return;
    setOpen(true);
    item.current?.scrollIntoView({ block: 'center' });
    item.current?.querySelector('summary')?.focus({ preventScroll: true });
    onShown?.();
  }, [wanted, onShown]);
  const { text, tone } = STATUS[event.status];
  return (
    <details ref={item} open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary className="text-[0.9rem]">
        <span className="font-semibold">{event.event}</span>{' '}
        <span data-attention={tone} className="text-[0.83rem] text-tone">
          {text}
        </span>
        <ClockTime
          at={event.receivedAt}
          className="float-right text-[0.83rem] text-faint tabular-nums"
        />
        {event.outcome ? (
          <span className="block pl-4 break-words text-soft">{event.outcome}</span>
        ) : null}
        {event.error ? (
          <span data-attention="needs_you" className="block pl-4 break-words text-tone">
            {event.error} (after {event.tries} {event.tries === 1 ? 'try' : 'tries'})
          </span>
        ) : null}
      </summary>
      {open ? (
        <pre className="mt-2 max-h-96 overflow-auto rounded-md bg-raised p-3 font-mono text-[0.8rem] break-words whitespace-pre-wrap">
          {JSON.stringify(event.payload, null, 2)}
          {event.truncated ? '\n… shortened here, stored whole' : ''}
        </pre>
      ) : null}
    </details>
  );
}
