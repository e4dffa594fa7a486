/** API keys: what programs may start agents, where, and how many. */
import { useEffect, useRef, useState } from 'react';
import type { ApiKeyList, CreatedApiKey } from '@headspace/contract';
import { useBeat } from '../live/use-beat.ts';
import { useResource } from '../live/use-resource.ts';
import { closePanel } from '../navigation/navigate.ts';
import { useAction } from '../prompts/use-action.ts';
import { Refusal } from '../prompts/refusal.tsx';
import { KeyForm } from './key-form.tsx';
import { KeyRow } from './key-row.tsx';
import { NewKeyNotice } from './new-key-notice.tsx';

const PERIOD_MS = 5_000;

export function KeysPage() {
  const beat = useBeat(PERIOD_MS);
  const [version, setVersion] = useState(0);
  const { data, error, retry } = useResource<ApiKeyList>('/api/keys', `${beat} ${version}`);
  const [created, setCreated] = useState<CreatedApiKey | null>(null);
  const revoking = useAction(() => setVersion((old) => old + 1));
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const keys = data?.keys ?? [];
  return (
    <article data-testid="keys-page" className="mx-auto max-w-230 px-4 pb-16 sm:px-6">
      <div className="flex flex-wrap items-center gap-3 pt-5 pb-1">
        <h2 ref={heading} tabIndex={-1} className="text-[1.35rem] font-semibold outline-none">
          API keys
        </h2>
        <button type="button" className="button ml-auto" title="Close ( Esc )" onClick={closePanel}>
          Back to the board
        </button>
      </div>
      <p className="text-[0.93rem] text-soft">
        A key lets a program start agents in the projects that you name, and talk to those. It opens
        nothing else.
      </p>
      {created ? <NewKeyNotice created={created} onDone={() => setCreated(null)} /> : null}
      <KeyForm
        onCreated={(key) => {
          setCreated(key);
          retry();
        }}
      />
      <h3 className="eyebrow mt-6 mb-1.5">Keys</h3>
      <Refusal error={revoking.error ?? (data ? null : error)} />
      {data && keys.length === 0 ? <p className="text-soft">There are no keys yet.</p> : null}
      {keys.length > 0 ? (
        <ul className="panel overflow-hidden">
          {keys.map((key) => (
            <KeyRow
              key={key.id}
              apiKey={key}
              busy={revoking.busy}
              onRevoke={() => void revoking.run('POST', `/api/keys/${String(key.id)}/revoke`)}
            />
          ))}
        </ul>
      ) : null}
    </article>
  );
}
