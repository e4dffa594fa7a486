/** How a start goes on, until its agent is on the board or it is known why not. */
import type { LaunchView } from '@headspace/contract';
import { useEffect } from 'react';
import { useBeat } from '../live/use-beat.ts';
import { useResource } from '../live/use-resource.ts';
import { openPanel } from '../navigation/navigate.ts';
import { CopyButton } from '../ui/copy-button.tsx';

const LOOK_MS = 1_000;

interface Props {
  launch: LaunchView;
  onDone: () => void;
  onAgain: () => void;
}

export function LaunchProgress({ launch: first, onDone, onAgain }: Props) {
  const beat = useBeat(LOOK_MS);
  const { data } = useResource<LaunchView>(`/api/launches/${first.id}`, beat);
  const launch = data ?? first;
  const { state, agentId } = launch;
  useEffect(() => {
    if (state !== 'running' || agentId === null) return;
    onDone();
    openPanel({ name: 'agent', id: agentId });
  });
  const failed = state === 'failed' || state === 'stopped';
  return (
    <div className="mt-4">
      <p role="status" className="flex items-center gap-2.5">
        {failed ? null : (
          <span className="size-2 animate-pulse rounded-full bg-working" aria-hidden="true" />
        )}
        <span>
          {failed ? 'It did not start.' : 'Starting…'}{' '}
          {launch.reason === null ? null : <span className="text-soft">{launch.reason}.</span>}
        </span>
      </p>
      {failed ? null : <Terminal launch={launch} />}
      <div className="mt-5 flex justify-end gap-2">
        {failed ? (
          <button type="button" className="button h-10" onClick={onAgain}>
            Back
          </button>
        ) : null}
        <button type="button" className="button h-10" onClick={onDone}>
          Close
        </button>
      </div>
    </div>
  );
}

/** Where to look, and to answer what Claude Code asks before its first hook. */
function Terminal({ launch: { tmuxSession, tmuxSocket } }: { launch: LaunchView }) {
  const command = `tmux -S ${tmuxSocket ?? ''} attach -t ${tmuxSession}`;
  return (
    <div className="mt-3 flex items-center gap-2">
      <code className="min-w-0 flex-1 overflow-x-auto rounded-md bg-raised px-3 py-1.5 font-mono text-[0.83rem] whitespace-nowrap">
        {command}
      </code>
      <CopyButton text={command} />
    </div>
  );
}
