/** One key: what it may do, how much of it is used, and its end. */
import { useState } from 'react';
import type { ApiKeyView } from '@headspace/contract';
import { Elapsed } from '../ui/elapsed.tsx';
import { shortScope } from './key-scopes.ts';

interface Props {
  apiKey: ApiKeyView;
  busy: boolean;
  onRevoke: () => void;
}

export function KeyRow({ apiKey: key, busy, onRevoke }: Props) {
  const [asked, setAsked] = useState(false);
  const isActive = key.state === 'active';
  return (
    <li
      data-testid="api-key"
      data-key-id={key.id}
      data-state={key.state}
      className="flex flex-wrap items-start gap-x-6 gap-y-2 border-t border-line px-4 py-3 first:border-0"
    >
      <div className={`min-w-0 flex-1 basis-80 ${isActive ? '' : 'opacity-60'}`}>
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="min-w-0 font-semibold break-words">{key.name}</span>
          <span className="font-mono text-[0.8rem] text-faint">hs_{key.id}_…</span>
          {isActive ? null : <span className="text-[0.87rem] text-soft">{key.state}</span>}
        </p>
        <p className="text-[0.87rem] text-soft">{key.scopes.map(shortScope).join(', ')}</p>
        <ul className="font-mono text-[0.8rem] text-faint">
          {key.projects.map((path) => (
            <li key={path} className="break-all">
              {path}
            </li>
          ))}
        </ul>
        {key.embedOrigins.length > 0 ? (
          <p className="text-[0.8rem] break-words text-faint">
            Framed by {key.embedOrigins.join(', ')}
          </p>
        ) : null}
      </div>
      <dl className="grid grid-cols-[auto_auto] gap-x-3 text-[0.87rem]">
        <dt className="text-faint">Agents</dt>
        <dd className="tabular-nums">
          {key.agents} of {key.maxAgents}, {key.maxPerHour} an hour
        </dd>
        <dt className="text-faint">Last used</dt>
        <dd>{key.lastUsedAt ? <Elapsed at={key.lastUsedAt} form="ago" /> : 'never'}</dd>
        <dt className="text-faint">{isActive ? 'Ends' : 'Ended'}</dt>
        <dd>{(key.revokedAt ?? key.expiresAt)?.slice(0, 10) ?? 'never'}</dd>
      </dl>
      {isActive ? (
        <div className="flex basis-24 flex-col gap-1.5">
          {asked ? (
            <>
              <button type="button" className="button" disabled={busy} onClick={onRevoke}>
                Really revoke
              </button>
              <button type="button" className="button" onClick={() => setAsked(false)}>
                Keep
              </button>
            </>
          ) : (
            <button
              type="button"
              className="button"
              aria-label={`Revoke ${key.name}`}
              onClick={() => setAsked(true)}
            >
              Revoke
            </button>
          )}
        </div>
      ) : null}
    </li>
  );
}
