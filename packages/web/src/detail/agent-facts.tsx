/** Where an agent runs and how to get there. */
import type { AgentView } from '@headspace/contract';
import type { ReactNode } from 'react';
import { ContextMeter } from '../ui/context-meter.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { Elapsed } from '../ui/elapsed.tsx';
import { UsageAmount } from '../ui/usage-amount.tsx';

export function AgentFacts({ agent }: { agent: AgentView }) {
  const attach = attachCommand(agent);
  const earlier = agent.sessionIds.length - 1;
  return (
    <section>
      <h3 className="eyebrow">Where</h3>
      <dl className="mt-1 grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-4 gap-y-1 text-[0.9rem]">
        <Fact name="Host">
          {agent.host}
          {agent.pid === null ? null : <span className="text-faint">, process {agent.pid}</span>}
        </Fact>
        <Fact name="tmux">
          {attach ? (
            <span className="flex flex-wrap items-baseline gap-2">
              pane {agent.tmuxPane}
              <CopyButton text={attach} label="Copy attach command" />
            </span>
          ) : (
            <span className="text-faint">not in tmux</span>
          )}
        </Fact>
        <Fact name="Session">
          <span className="font-mono text-[0.93em] break-all">{agent.sessionId}</span>
          {earlier > 0 ? <span className="text-faint"> (and {earlier} before it)</span> : null}
        </Fact>
        {agent.launchedFor === 'remote' ? (
          <Fact name="Started by">a program with an API key</Fact>
        ) : null}
        {agent.kind === 'print' ? <Fact name="Kind">claude -p</Fact> : null}
        {agent.context ? (
          <Fact name="Context">
            <ContextMeter context={agent.context} full />
          </Fact>
        ) : null}
        {agent.usage ? (
          <Fact name="Cost">
            <UsageAmount usage={agent.usage} />
          </Fact>
        ) : null}
        <Fact name="Started">
          <Elapsed at={agent.createdAt} form="ago" />
        </Fact>
        <Fact name="Last sign">
          <Elapsed at={agent.lastSeenAt} form="ago" />
        </Fact>
        {agent.endedAt ? (
          <Fact name="Ended">
            <Elapsed at={agent.endedAt} form="ago" />
            {agent.endedReason ? `, ${agent.endedReason}` : ''}
          </Fact>
        ) : null}
      </dl>
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-faint">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

/** A command for the agent's own host; tmux takes a pane's id for the session that holds it. */
function attachCommand({ tmuxPane, tmuxSocket }: AgentView): string | null {
  if (!tmuxPane) return null;
  const socket = tmuxSocket ? ` -S ${shellWord(tmuxSocket)}` : '';
  return `tmux${socket} attach -t ${shellWord(tmuxPane)}`;
}

function shellWord(text: string): string {
  return /^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
