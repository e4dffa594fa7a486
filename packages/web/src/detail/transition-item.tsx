/** One step of an agent's history: from what to what, when, why, by which signals. */
import type { TransitionView } from '@headspace/contract';
import { asSentence, ATTENTION_TEXT, groupOf } from '../model/attention.ts';
import { AttentionIcon } from '../ui/attention-icon.tsx';
import { ClockTime } from '../ui/clock-time.tsx';
import { EvidenceList } from './evidence-list.tsx';

export function TransitionItem({ transition }: { transition: TransitionView }) {
  const { fromState, toState, rule, evidence, reason, at } = transition;
  const attention = groupOf(transition.toAttention);
  const from = transition.fromAttention ? groupOf(transition.fromAttention) : null;
  return (
    <div data-attention={attention}>
      <div className="flex items-center gap-2">
        <AttentionIcon attention={attention} size={15} />
        <span className="font-semibold text-tone">{ATTENTION_TEXT[attention].label}</span>
        {from && from !== attention ? (
          <span className="text-[0.83rem] text-faint">from {ATTENTION_TEXT[from].label}</span>
        ) : null}
        <ClockTime at={at} className="ml-auto text-[0.83rem] text-faint tabular-nums" />
      </div>
      <p className="mt-0.5 text-[0.93rem] break-words text-soft">{asSentence(reason)}</p>
      <details className="mt-0.5 text-[0.87rem]">
        <summary className="w-fit text-faint hover:text-ink">
          {fromState === toState
            ? toState.replace('_', ' ')
            : `${fromState.replace('_', ' ')} → ${toState.replace('_', ' ')}`}
          {evidence.length > 0
            ? ` · ${evidence.length} ${evidence.length === 1 ? 'signal' : 'signals'}`
            : ''}
        </summary>
        <div className="pl-3">
          <EvidenceList rule={rule} evidence={evidence} />
        </div>
      </details>
    </div>
  );
}
