/** The signals behind a state and the rule that weighed them. */
import type { AgentView, Evidence } from '@headspace/contract';
import { ClockTime } from '../ui/clock-time.tsx';

const SOURCE = {
  hook: 'Hook',
  session_file: 'Session file',
  transcript: 'Transcript',
  process: 'Process',
  tmux: 'tmux',
  person: 'Person',
} as const satisfies Record<Evidence['source'], string>;

interface Props extends Pick<AgentView, 'rule' | 'evidence'> {
  onOpenEvent?: (id: number) => void;
}

export function EvidenceList({ rule, evidence, onOpenEvent }: Props) {
  return (
    <div className="text-[0.9rem]">
      <p className="mt-1 text-soft">
        Rule <code className="rounded bg-raised px-1.5 py-0.5 font-mono text-[0.9em]">{rule}</code>
        {evidence.length === 0 ? ', without a signal of its own' : ', by these signals'}
      </p>
      <ul className="mt-1.5">
        {evidence.map((signal, index) => (
          <li
            key={`${signal.at} ${signal.source} ${signal.signal} ${index}`}
            className="flex flex-wrap items-baseline justify-end gap-x-3 border-t border-line py-1.5"
          >
            <span className="w-21 shrink-0 text-faint">{SOURCE[signal.source]}</span>
            <span className="min-w-0 flex-1 basis-44 break-words">{signal.signal}</span>
            <EventLink id={signal.hookEventId} onOpen={onOpenEvent} />
            <ClockTime at={signal.at} className="text-[0.83rem] text-faint tabular-nums" />
          </li>
        ))}
      </ul>
    </div>
  );
}

function EventLink({
  id,
  onOpen,
}: {
  id: number | null;
  onOpen?: ((id: number) => void) | undefined;
}) {
  if (id === null) return null;
  const text = `event ${id}`;
  if (!onOpen) return <span className="text-[0.83rem] text-faint">{text}</span>;
  return (
    <button
      type="button"
      className="text-[0.83rem] text-focus underline-offset-2 hover:underline"
      onClick={() => onOpen(id)}
    >
      {text}
    </button>
  );
}
