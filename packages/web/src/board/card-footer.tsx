/** Small facts at the foot of a card: background work, context use, where it runs. */
import type { AgentView } from '@headspace/contract';
import { shortHost } from '../model/host-name.ts';
import { ContextMeter } from '../ui/context-meter.tsx';

interface Props {
  agent: AgentView;
  showHost: boolean;
}

export function CardFooter({ agent, showHost }: Props) {
  const { background, context, tmuxPane, host, kind } = agent;
  const tasks = background.map((task) => task.description ?? task.kind).join('\n');
  return (
    <div className="mt-auto flex flex-wrap items-center gap-x-3 gap-y-1 pt-2 text-[0.8rem] text-faint">
      {background.length > 0 ? (
        <span title={tasks} className="whitespace-nowrap text-working">
          {background.length} in background
        </span>
      ) : null}
      {context ? <ContextMeter context={context} /> : null}
      {kind === 'print' ? <span title="Run by claude -p, without a terminal">print</span> : null}
      <span className="ml-auto min-w-0 truncate font-mono text-[0.76rem]">
        {tmuxPane ? <span title={`tmux pane ${tmuxPane}`}>{tmuxPane}</span> : null}
        {tmuxPane && showHost ? ' · ' : null}
        {showHost ? <span title={`Host ${host}`}>{shortHost(host)}</span> : null}
      </span>
    </div>
  );
}
