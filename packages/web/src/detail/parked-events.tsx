/** Events that could not be applied: why, and the button that tries them again. */
import type { HookEventView } from '@headspace/contract';
import { useState } from 'react';
import { api } from '../live/app-state.ts';
import { useResource } from '../live/use-resource.ts';
import { PanelLink } from '../navigation/panel-link.tsx';
import { EventItem } from './event-item.tsx';

export function ParkedEvents({ version }: { version: unknown }) {
  const path = '/api/hook-events?status=parked';
  const { data, error, retry } = useResource<{ events: HookEventView[] }>(path, version);
  if (data?.events.length === 0) return null;
  return (
    <section>
      <h3 className="eyebrow">Parked events</h3>
      {error ? <p className="mt-1 text-soft">{error.message}.</p> : null}
      <p className="mt-1 text-[0.9rem] text-soft">
        Kept whole, and not in the way of later events. A run now counts as late evidence: it fills
        the history and does not overwrite newer state.
      </p>
      <ul>
        {data?.events.map((event) => (
          <li key={event.id} className="border-b border-line py-2.5 last:border-0">
            <EventItem event={event} />
            <div className="mt-2 flex flex-wrap items-center gap-2">
              <RunAgain id={event.id} onDone={retry} />
              {event.agentId === null ? null : (
                <PanelLink to={{ name: 'agent', id: event.agentId }} className="button">
                  Show agent
                </PanelLink>
              )}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function RunAgain({ id, onDone }: { id: number; onDone: () => void }) {
  const [state, setState] = useState<'ready' | 'running' | 'failed'>('ready');
  const run = () => {
    setState('running');
    api.post(`/api/hook-events/${id}/rerun`).then(
      () => {
        setState('ready');
        onDone();
      },
      () => setState('failed'),
    );
  };
  const words = { ready: 'Run again', running: 'Running…', failed: 'That failed. Run again' };
  return (
    <button type="button" className="button" disabled={state === 'running'} onClick={run}>
      {words[state]}
    </button>
  );
}
