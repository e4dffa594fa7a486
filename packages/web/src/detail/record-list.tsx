/** A list of records from the server, newest first, with its own loading, empty and error text. */
import type { ReactNode } from 'react';
import { useResource } from '../live/use-resource.ts';

interface Props<T, F extends string> {
  path: string;
  /** The field of the answer that holds the list. */
  field: F;
  /** The list is fetched again when this changes. */
  version: unknown;
  empty: string;
  render: (item: T) => ReactNode;
}

/** More than this is never useful on a page, and slow to draw. */
const LONGEST = 300;

export function RecordList<T extends { id: number }, F extends string>(props: Props<T, F>) {
  const { data, error, retry } = useResource<Record<F, T[]>>(props.path, props.version);
  const items = data?.[props.field];
  const newestFirst = items ? [...items].sort((a, b) => b.id - a.id).slice(0, LONGEST) : [];
  return (
    <>
      {error ? (
        <p role="alert" className="flex flex-wrap items-center gap-3 py-2 text-[0.9rem] text-soft">
          {items ? 'This list is old: ' : ''}
          {error.message}.
          <button type="button" className="button" onClick={retry}>
            Try again
          </button>
        </p>
      ) : null}
      {!items && !error ? <p className="animate-pulse py-2 text-faint">Loading…</p> : null}
      {items?.length === 0 ? <p className="py-2 text-faint">{props.empty}</p> : null}
      <ol>
        {newestFirst.map((item) => (
          <li key={item.id} className="border-b border-line py-2.5 last:border-0">
            {props.render(item)}
          </li>
        ))}
      </ol>
    </>
  );
}
