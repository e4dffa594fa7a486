/** The questions that wait for a person, on a card. */
import type { AgentView } from '@headspace/contract';

const KIND = {
  permission: 'Permission',
  question: 'Question',
  plan: 'Plan',
  elicitation: 'Form',
  other: 'Dialog',
} as const satisfies Record<AgentView['dialogs'][number]['kind'], string>;

/** How many are shown in full; the rest is a number. */
const SHOWN = 2;

interface Props extends Pick<AgentView, 'dialogs'> {
  /** All of them, unshortened. */
  whole?: boolean;
}

export function CardDialogs({ dialogs, whole = false }: Props) {
  if (dialogs.length === 0) return null;
  const shown = whole ? dialogs : dialogs.slice(0, SHOWN);
  const rest = dialogs.length - shown.length;
  return (
    <ul className="mt-2 flex flex-col gap-1.5">
      {shown.map((dialog) => (
        <li
          key={`${dialog.kind} ${dialog.since} ${dialog.summary}`}
          className="rounded-md border border-line bg-surface px-2.5 py-1.5"
        >
          <span className="eyebrow text-tone">
            {KIND[dialog.kind]}
            {dialog.subagent ? (
              <span className="font-normal text-faint normal-case"> from {dialog.subagent}</span>
            ) : null}
          </span>
          <p
            className={`${whole ? '' : 'line-clamp-3'} font-mono text-[0.83rem] leading-snug break-words text-ink`}
          >
            {dialog.summary}
          </p>
        </li>
      ))}
      {rest > 0 ? <li className="text-[0.83rem] text-soft">and {rest} more</li> : null}
    </ul>
  );
}
