/** Tokens and cost of an agent: by model, and of each turn, newest first. */
import type { UsageView } from '@headspace/contract';
import { useResource } from '../live/use-resource.ts';
import { ClockTime } from '../ui/clock-time.tsx';
import { UsageAmount } from '../ui/usage-amount.tsx';

export function UsageList({ path, version }: { path: string; version: unknown }) {
  const { data, error, retry } = useResource<UsageView>(path, version);
  return (
    <>
      {error ? (
        <p role="alert" className="flex flex-wrap items-center gap-3 py-2 text-[0.9rem] text-soft">
          {data ? 'These numbers are old: ' : ''}
          {error.message}.
          <button type="button" className="button" onClick={retry}>
            Try again
          </button>
        </p>
      ) : null}
      {!data && !error ? <p className="animate-pulse py-2 text-faint">Loading…</p> : null}
      {data ? <Usage usage={data} /> : null}
    </>
  );
}

function Usage({ usage }: { usage: UsageView }) {
  if (usage.turns.length === 0) {
    return <p className="py-2 text-faint">No transcript has told of tokens yet.</p>;
  }
  return (
    <>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 border-b border-line pb-2.5 text-[0.9rem]">
        <Sum name="In all" counts={usage.total} />
        {usage.subagents.messages > 0 ? <Sum name="Subagents" counts={usage.subagents} /> : null}
        {usage.models.map((model) => (
          <Sum key={model.model} name={model.model ?? 'Model not known'} counts={model} />
        ))}
      </dl>
      {usage.unpricedModels.length > 0 ? (
        <p className="py-2 text-[0.87rem] text-soft">
          No price is known for {usage.unpricedModels.join(', ')}. The setting costs.prices can name
          it.
        </p>
      ) : null}
      <ol>
        {usage.turns.map((turn) => (
          <li key={turn.promptId} className="border-b border-line py-2.5 last:border-0">
            <div className="flex items-baseline gap-2 text-[0.87rem]">
              <UsageAmount usage={turn} />
              <ClockTime at={turn.at} className="ml-auto text-[0.83rem] text-faint tabular-nums" />
            </div>
            <p className="mt-0.5 truncate text-[0.93rem]">
              {turn.prompt ?? <span className="text-faint">nobody asked</span>}
            </p>
          </li>
        ))}
      </ol>
      <p className="py-2 text-[0.83rem] text-faint">By the list prices of the API.</p>
    </>
  );
}

function Sum({ name, counts }: { name: string; counts: UsageView['total'] }) {
  return (
    <>
      <dt className="text-faint">{name}</dt>
      <dd className="min-w-0">
        <UsageAmount usage={counts} />
      </dd>
    </>
  );
}
