/** Small facts at the foot of a card: background work, context use, where it runs. */
import type { AgentView } from '@headspace/contract';
import { shortHost } from '../model/host-name.ts';
import { ContextMeter } from '../ui/context-meter.tsx';

interface Props {
  agent: AgentView;
  showHost: boolean;
}

export function CardFooter({ agent, showHost }: Props) {
  const { background, context, prompts, tmuxPane, host, kind, launchedFor } = agent;
  const { persona, personaNotice, handoff, successorId } = agent;
  const waiting = prompts.queued + prompts.inFlight;
  const tasks = background.map((task) => task.description ?? task.kind).join('\n');
  return (
    <div className="mt-auto flex flex-wrap items-center gap-x-3 gap-y-1 pt-2 text-[0.8rem] text-faint">
      {background.length > 0 ? (
        <span title={tasks} className="whitespace-nowrap text-working">
          {background.length} in background
        </span>
      ) : null}
      {prompts.failed > 0 ? (
        <span data-attention="needs_you" className="font-semibold whitespace-nowrap text-tone">
          {prompts.failed} not delivered
        </span>
      ) : null}
      {waiting > 0 ? (
        <span title="Messages that wait to be delivered" className="whitespace-nowrap">
          {waiting} to deliver
        </span>
      ) : null}
      {persona ? (
        <span
          data-attention={personaNotice === null ? undefined : 'needs_you'}
          className={personaNotice === null ? 'truncate' : 'truncate font-semibold text-tone'}
          title={personaNotice ?? `Persona ${persona}`}
        >
          {persona}
          {personaNotice === null ? null : <span className="sr-only">: {personaNotice}</span>}
        </span>
      ) : null}
      {handoff ? (
        <span
          className={handoff.state === 'failed' ? 'font-semibold text-tone' : ''}
          {...(handoff.state === 'failed' ? { 'data-attention': 'needs_you' } : {})}
        >
          handoff {handoff.state}
        </span>
      ) : null}
      {successorId === null ? null : (
        <span title="It takes no more messages">handed over to agent {successorId}</span>
      )}
      {context ? <ContextMeter context={context} /> : null}
      {launchedFor === 'remote' ? (
        <span title="Started by a program with an API key" className="whitespace-nowrap">
          remote
        </span>
      ) : null}
      {kind === 'print' ? <span title="Run by claude -p, without a terminal">print</span> : null}
      <span className="ml-auto min-w-0 truncate font-mono text-[0.76rem]">
        {tmuxPane ? <span title={`tmux pane ${tmuxPane}`}>{tmuxPane}</span> : null}
        {tmuxPane && showHost ? ' · ' : null}
        {showHost ? <span title={`Host ${host}`}>{shortHost(host)}</span> : null}
      </span>
    </div>
  );
}
