/** How the server itself is doing: events received and applied, locks held. */
import type { AdvisoryLockView, HookStatus } from '@headspace/contract';
import { useBeat } from '../live/use-beat.ts';
import { useResource } from '../live/use-resource.ts';
import { elapsedText } from '../model/relative-time.ts';
import { LogoutButton } from '../ui/logout-button.tsx';
import { Elapsed } from '../ui/elapsed.tsx';
import { ParkedEvents } from './parked-events.tsx';

const PERIOD_MS = 2000;
const COUNTS = ['received', 'applied', 'pending', 'parked', 'duplicate'] as const;

export function ServerDetail() {
  const beat = useBeat(PERIOD_MS);
  return (
    <article className="flex flex-col gap-6 px-5 pb-4" data-testid="server-detail">
      <h2 className="sticky top-0 z-5 -mx-5 -mb-3 flex h-14 items-center bg-surface px-5 text-[1.35rem] font-semibold">
        Server
      </h2>
      <HookCounts beat={beat} />
      <ParkedEvents version={beat} />
      <Locks beat={beat} />
      {/* The bar at the top has no room for it on a phone. */}
      <LogoutButton className="self-start sm:hidden" />
    </article>
  );
}

function HookCounts({ beat }: { beat: number }) {
  const { data, error } = useResource<HookStatus>('/hook/status', beat);
  return (
    <section>
      <h3 className="eyebrow">Hook events</h3>
      {error ? <p className="mt-1 text-soft">{error.message}.</p> : null}
      {data ? (
        <>
          <dl className="mt-2 grid grid-cols-[repeat(auto-fit,minmax(5rem,1fr))] gap-2">
            {COUNTS.map((name) => (
              <div key={name} className="rounded-md bg-raised px-3 py-2">
                <dd className="text-[1.2rem] font-semibold tabular-nums">
                  {data[name].toLocaleString()}
                </dd>
                <dt className="text-[0.83rem] text-faint">{name}</dt>
              </div>
            ))}
          </dl>
          <p className="mt-2 text-[0.9rem] text-soft">
            {data.lastEventAt ? (
              <>
                Last event <Elapsed at={data.lastEventAt} form="ago" />.{' '}
              </>
            ) : (
              'No event yet. '
            )}
            {data.oldestUnappliedSeconds === null
              ? 'Nothing waits to be applied.'
              : `The oldest unapplied one waits for ${elapsedText(data.oldestUnappliedSeconds * 1000)}.`}
          </p>
        </>
      ) : null}
    </section>
  );
}

function Locks({ beat }: { beat: number }) {
  const { data, error } = useResource<{ locks: AdvisoryLockView[] }>('/api/advisory-locks', beat);
  return (
    <section>
      <h3 className="eyebrow">Advisory locks</h3>
      {error ? <p className="mt-1 text-soft">{error.message}.</p> : null}
      {data?.locks.length === 0 ? <p className="mt-1 text-soft">None held right now.</p> : null}
      <ul className="mt-1 text-[0.9rem]">
        {data?.locks.map((lock) => (
          <li
            key={`${lock.pid} ${lock.namespace} ${lock.entityId} ${lock.mode} ${lock.granted}`}
            className="flex flex-wrap gap-x-3 border-t border-line py-1.5 first:border-0"
          >
            <span className="min-w-0 flex-1 break-words">
              {lock.agentName ?? `${lock.namespace}/${lock.entityId}`}
              {lock.purpose ? <span className="text-faint"> {lock.purpose}</span> : null}
            </span>
            <span className="text-soft tabular-nums">
              {lock.granted ? 'held' : 'waits'}
              {lock.durationSeconds === null ? '' : ` for ${durationText(lock.durationSeconds)}`}
              {lock.waiting ? `, ${lock.waiting} waiting` : ''}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Locks are held for moments; tenths of a second count. */
function durationText(seconds: number): string {
  return seconds < 10 ? `${seconds.toFixed(1)} s` : elapsedText(seconds * 1000);
}
