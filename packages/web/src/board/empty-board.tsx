/** No agent yet: how to connect the first one. */
import type { HookStatus } from '@headspace/contract';
import type { ReactNode } from 'react';
import { CopyButton } from '../ui/copy-button.tsx';
import { Elapsed } from '../ui/elapsed.tsx';

export function EmptyBoard({ status }: { status: HookStatus | null }) {
  return (
    <section className="mx-auto max-w-160 px-4 py-10 sm:py-16" data-testid="empty-board">
      <h2 className="text-[1.5rem] font-semibold">Connect your first agent</h2>
      <p className="mt-1.5 text-soft">
        Headspace learns what an agent does from Claude Code’s own hooks. Nothing is sent anywhere
        but to this server.
      </p>
      <ol className="mt-6 flex flex-col gap-3">
        <Step
          number={1}
          title="Install the hooks, once per machine"
          command="npx headspace hooks install"
        >
          In the folder of the clone. It shows the change before it makes it, and{' '}
          <code className="font-mono text-[0.87em]">npx headspace hooks uninstall</code> takes it
          back.
        </Step>
        <Step number={2} title="Start Claude Code in a project" command="claude">
          In tmux if you want to reach it from here later. A session that already runs takes the
          hooks up within seconds.
        </Step>
      </ol>
      <p className="mt-6 flex items-center gap-2.5 text-soft" role="status">
        <span className="size-2 animate-pulse rounded-full bg-working" aria-hidden="true" />
        {status?.lastEventAt ? (
          <span>
            {status.received} hook events received, the last{' '}
            <Elapsed at={status.lastEventAt} form="ago" />. No agent is running now.
          </span>
        ) : (
          'Waiting for the first event. The agent appears here by itself.'
        )}
      </p>
    </section>
  );
}

interface StepProps {
  number: number;
  title: string;
  command: string;
  children: ReactNode;
}

function Step({ number, title, command, children }: StepProps) {
  return (
    <li className="panel px-4 py-3.5">
      <h3 className="font-semibold">
        <span className="mr-2 text-faint tabular-nums">{number}</span>
        {title}
      </h3>
      <div className="mt-2.5 flex items-center gap-2">
        <code className="min-w-0 flex-1 overflow-x-auto rounded-md bg-raised px-3 py-1.5 font-mono text-[0.93rem] whitespace-nowrap">
          {command}
        </code>
        <CopyButton text={command} />
      </div>
      <p className="mt-2 text-[0.87rem] text-faint">{children}</p>
    </li>
  );
}
