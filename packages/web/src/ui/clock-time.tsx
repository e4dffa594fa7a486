/** The time of day something happened; the date too where it was not today. */
import { useClock } from '../live/clock.ts';
import { clockTime, exactTime } from '../model/relative-time.ts';

export function ClockTime({ at, className }: { at: string; className?: string }) {
  const text = useClock((now) => clockTime(at, now));
  return (
    <time dateTime={at} title={exactTime(at)} className={className}>
      {text}
    </time>
  );
}
