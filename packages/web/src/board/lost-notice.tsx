/** Says that the board is old, how old, why, and what happens next. */
import { connection } from '../live/app-state.ts';
import { serverNow, useClock } from '../live/clock.ts';
import { useStore } from '../live/use-store.ts';
import { agoText, clockTime } from '../model/relative-time.ts';
import { Notice } from '../ui/notice.tsx';

export function LostNotice() {
  const link = useStore(connection.link, (value) => value);
  const lost = link.name === 'lost' ? link : null;
  // Both ends of these spans are by this browser's own clock.
  const age = useClock(() => (lost?.heardAt ? agoText(Date.now() - lost.heardAt) : ''));
  const wait = useClock(() => Math.max(0, Math.ceil(((lost?.retryAt ?? 0) - Date.now()) / 1000)));
  if (!lost?.heardAt) return null;
  return (
    <Notice
      tone="needs_you"
      action={
        <button type="button" className="button" onClick={() => connection.retryNow()}>
          Try now
        </button>
      }
    >
      <strong className="font-semibold">Not live.</strong> You see what was known at{' '}
      <span className="tabular-nums">{clockTime(lost.heardAt, serverNow())}</span>, {age}.{' '}
      <span className="text-soft">
        {lost.error.message}. {wait > 0 ? `Next try in ${wait} s.` : 'Trying again…'}
      </span>
    </Notice>
  );
}
