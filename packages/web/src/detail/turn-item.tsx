/** One thing that was said, by whom and when. */
import type { TurnView } from '@headspace/contract';
import { frustrationText, lineAbove } from '../model/summary-lines.ts';
import { ClockTime } from '../ui/clock-time.tsx';

const KIND = {
  prompt: 'asked',
  question: 'asks',
  answer: 'answered',
  notification: 'is told',
  message: 'said',
  error: 'failed',
  event: 'is at a break',
  tool: 'uses',
  tool_result: 'got back',
} as const satisfies Record<TurnView['kind'], string>;

export function TurnItem({ turn }: { turn: TurnView }) {
  const person = turn.actor === 'user';
  const line = lineAbove(turn);
  const frustration = frustrationText(turn);
  return (
    <div data-attention={turn.kind === 'error' ? 'needs_you' : undefined}>
      <div className="flex items-baseline gap-2 text-[0.87rem]">
        <span className="font-semibold">{person ? 'You' : 'Agent'}</span>
        <span className={turn.kind === 'error' ? 'text-tone' : 'text-faint'}>
          {KIND[turn.kind]}
        </span>
        {frustration ? <span className="text-faint">{frustration}</span> : null}
        <ClockTime at={turn.at} className="ml-auto text-[0.83rem] text-faint tabular-nums" />
      </div>
      {line ? <p className="mt-1 text-[0.93rem] font-medium">{line}</p> : null}
      <p
        className={`mt-1 max-h-80 overflow-y-auto text-[0.93rem] break-words whitespace-pre-wrap ${person ? 'rounded-md bg-raised px-3 py-2' : ''}`}
      >
        {turn.text}
        {turn.truncated ? <span className="text-faint"> … (shortened)</span> : null}
      </p>
    </div>
  );
}
