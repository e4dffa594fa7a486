/** How long ago something was, ticking, with the exact time for those who point at it. */
import { useClock } from '../live/clock.ts';
import { agoText, elapsedText, exactTime } from '../model/relative-time.ts';

interface Props {
  at: string;
  /** `ago` reads "12 s ago", else "12 s". */
  form?: 'plain' | 'ago';
  className?: string;
}

export function Elapsed({ at, form = 'plain', className }: Props) {
  const time = Date.parse(at);
  const text = useClock((now) => (form === 'ago' ? agoText : elapsedText)(now - time));
  return (
    <time dateTime={at} title={exactTime(at)} className={className}>
      {text}
    </time>
  );
}
