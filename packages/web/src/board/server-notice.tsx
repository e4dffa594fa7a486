/** Says when the server itself is behind, or could not apply an event: the board may then err. */
import type { HookStatus } from '@headspace/contract';
import { connection } from '../live/app-state.ts';
import { useStore } from '../live/use-store.ts';
import { elapsedText } from '../model/relative-time.ts';
import { PanelLink } from '../navigation/panel-link.tsx';
import { Notice } from '../ui/notice.tsx';

/** Events wait for milliseconds; a wait this long is worth telling. */
const BEHIND_SECONDS = 5;

export function ServerNotice({ status }: { status: HookStatus | null }) {
  const parked = useStore(connection.board, (board) => board.parked);
  if (!status) return null;
  const behind = status.oldestUnappliedSeconds ?? 0;
  const last = parked.at(-1);
  return (
    <>
      {behind > BEHIND_SECONDS ? (
        <Notice tone="stalled">
          <strong className="font-semibold">
            Headspace is {elapsedText(behind * 1000)} behind.
          </strong>{' '}
          {status.pending} hook {status.pending === 1 ? 'event waits' : 'events wait'} to be
          applied.
        </Notice>
      ) : null}
      {status.parked > 0 ? (
        <Notice
          tone="stalled"
          action={
            <PanelLink className="button" to={{ name: 'server' }}>
              Show
            </PanelLink>
          }
        >
          <strong className="font-semibold">
            {status.parked} hook {status.parked === 1 ? 'event' : 'events'} could not be applied
          </strong>
          {last ? `, the latest: ${last.error}` : '. They are kept and can be run again.'}
        </Notice>
      ) : null}
    </>
  );
}
