/** Whether what is shown is live. */
import { connection } from '../live/app-state.ts';
import { useStore } from '../live/use-store.ts';

const LOOK = {
  starting: { text: 'Connecting', tone: 'idle' },
  login: { text: 'Signed out', tone: 'idle' },
  live: { text: 'Live', tone: 'your_turn' },
  lost: { text: 'Not live', tone: 'needs_you' },
} as const;

export function StreamPill() {
  const name = useStore(connection.link, (link) => link.name);
  const { text, tone } = LOOK[name];
  return (
    <span
      data-testid="stream-state"
      data-state={name}
      data-attention={tone}
      role="status"
      title={name === 'live' ? 'Every change appears here as it happens' : undefined}
      className="inline-flex h-6.5 items-center gap-1.5 rounded-full bg-tint px-2.5 text-[0.8rem] font-medium text-tone"
    >
      <span
        aria-hidden="true"
        className={`size-2 rounded-full ${name === 'live' ? 'bg-tone' : 'animate-pulse border-2 border-tone'}`}
      />
      {text}
    </span>
  );
}
