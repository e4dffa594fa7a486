/** A list of records from the server, newest first, page by page. */
import { useState, type ReactNode } from 'react';
import { api } from '../live/app-state.ts';
import { useResource } from '../live/use-resource.ts';

interface Props<T, F extends string> {
  path: string;
  /** The field of the answer that holds the list. */
  field: F;
  /** The newest page is fetched again when this changes. */
  version: unknown;
  empty: string;
  render: (item: T) => ReactNode;
}

const PAGE = 100;

export function RecordList<T extends { id: number }, F extends string>(props: Props<T, F>) {
  const { path, field } = props;
  const newest = useResource<Record<F, T[]>>(`${path}?limit=${PAGE}`, props.version);
  const older = useOlder<T>(path, field);
  const page = newest.data?.[field];
  const items = mergeNewestFirst(page ?? [], older.items);
  const more = page !== undefined && page.length >= PAGE && older.state !== 'done';
  return (
    <>
      {newest.error ? (
        <p role="alert" className="flex flex-wrap items-center gap-3 py-2 text-[0.9rem] text-soft">
          {page ? 'This list is old: ' : ''}
          {newest.error.message}.
          <button type="button" className="button" onClick={newest.retry}>
            Try again
          </button>
        </p>
      ) : null}
      {!page && !newest.error ? <p className="animate-pulse py-2 text-faint">Loading…</p> : null}
      {page?.length === 0 ? <p className="py-2 text-faint">{props.empty}</p> : null}
      <ol>
        {items.map((item) => (
          <li key={item.id} className="border-b border-line py-2.5 last:border-0">
            {props.render(item)}
          </li>
        ))}
      </ol>
      {more ? (
        <button
          type="button"
          className="button my-2"
          disabled={older.state === 'loading'}
          onClick={() => older.load(items.at(-1)?.id ?? 0)}
        >
          {
            { ready: 'Older', loading: 'Loading…', failed: 'That failed. Try again', done: '' }[
              older.state
            ]
          }
        </button>
      ) : null}
    </>
  );
}

interface Older<T> {
  items: T[];
  state: 'ready' | 'loading' | 'failed' | 'done';
  load: (before: number) => void;
}

function useOlder<T>(path: string, field: string): Older<T> {
  const [items, setItems] = useState<T[]>([]);
  const [state, setState] = useState<Older<T>['state']>('ready');
  const load = (before: number) => {
    setState('loading');
    api.get<Record<string, T[]>>(`${path}?limit=${PAGE}&before=${before}`).then(
      ({ body }) => {
        const page = body[field] ?? [];
        setItems((known) => [...known, ...page]);
        setState(page.length < PAGE ? 'done' : 'ready');
      },
      () => setState('failed'),
    );
  };
  return { items, state, load };
}

/**
 * The pages as one list. While an agent works the newest page moves on; should it leave a gap to
 * the older ones, only what is connected with it is certain, but nothing fetched is hidden.
 */
function mergeNewestFirst<T extends { id: number }>(newest: T[], older: T[]): T[] {
  const byId = new Map([...older, ...newest].map((item) => [item.id, item]));
  return [...byId.values()].sort((a, b) => b.id - a.id);
}
