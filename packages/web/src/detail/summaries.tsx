/** How summaries are made, what they took today, and the switch that stops them. */
import type { InferenceCallView, InferenceView } from '@headspace/contract';
import { useResource } from '../live/use-resource.ts';
import { useAction } from '../prompts/use-action.ts';
import { Elapsed } from '../ui/elapsed.tsx';

const CALLS_SHOWN = 8;

export function Summaries({ beat }: { beat: number }) {
  const { data, error, retry } = useResource<InferenceView>('/api/inference', beat);
  return (
    <section data-testid="summaries">
      <h3 className="eyebrow">Summaries</h3>
      {error ? <p className="mt-1 text-soft">{error.message}.</p> : null}
      {data ? (
        <>
          <Stand view={data} onChanged={retry} />
          <Budgets view={data} />
          <Ranking view={data} />
          <Calls calls={data.calls} />
        </>
      ) : null}
    </section>
  );
}

function Stand({ view, onChanged }: { view: InferenceView; onChanged: () => void }) {
  const { run, busy, error } = useAction(onChanged);
  const { paused, resting, queue, provider, model } = view;
  const maker =
    provider === 'extractive' ? 'built-in rules, without a model' : `${provider}, ${model}`;
  return (
    <>
      <p className="mt-1 text-[0.9rem] text-soft">
        {paused ? 'Paused. Nothing is made, and nothing is lost.' : `Made by ${maker}.`}{' '}
        {queueText(queue)}
      </p>
      {resting ? (
        <p className="mt-1 text-[0.9rem]" data-attention="limit">
          <span className="text-tone">The provider rests: {resting.reason}.</span>
        </p>
      ) : null}
      <div className="mt-2 flex flex-wrap gap-2">
        <button
          type="button"
          className="button"
          disabled={busy}
          aria-pressed={paused}
          onClick={() => void run('POST', `/api/inference/${paused ? 'resume' : 'pause'}`)}
        >
          {paused ? 'Resume summaries' : 'Pause summaries'}
        </button>
        {queue.failed > 0 ? (
          <button
            type="button"
            className="button"
            disabled={busy}
            onClick={() => void run('POST', '/api/inference/retry')}
          >
            Try failed ones again
          </button>
        ) : null}
      </div>
      {error ? (
        <p className="mt-1 text-[0.9rem] text-soft" role="alert">
          {error.detail ?? error.message}.
        </p>
      ) : null}
    </>
  );
}

function queueText({ queued, claimed, failed, waitingForBudget }: InferenceView['queue']): string {
  const parts = [
    [queued + claimed, 'under way'],
    [waitingForBudget, 'wait for the budget'],
    [failed, 'failed'],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([count, words]) => `${count} ${words}`);
  return told.length === 0 ? 'Nothing waits.' : `${told.join(', ')}.`;
}

/** The line of each project, and its part of the day's budget where a model is asked. */
function Budgets({ view: { projects, budget } }: { view: InferenceView }) {
  const shown = projects.filter(
    ({ line, tokens, dollars }) => line !== null || tokens + dollars > 0,
  );
  if (shown.length === 0) return null;
  return (
    <ul className="mt-2 text-[0.9rem]">
      {shown.map(({ id, name, line, tokens, dollars, waitingForBudget }) => (
        <li key={id ?? 0} className="border-t border-line py-1.5 first:border-0">
          <span className="font-medium">{name ?? 'All projects'}</span>
          {tokens > 0 ? (
            <span className="text-faint tabular-nums">
              {' '}
              {tokens.toLocaleString()}
              {budget.dailyTokens === null ? '' : ` of ${budget.dailyTokens.toLocaleString()}`}{' '}
              tokens today{dollars > 0 ? `, $${dollars.toFixed(4)}` : ''}
            </span>
          ) : null}
          {waitingForBudget > 0 ? (
            <span className="text-soft"> {waitingForBudget} wait for the budget</span>
          ) : null}
          {line === null ? null : <p className="break-words text-soft">{line}</p>}
        </li>
      ))}
    </ul>
  );
}

function Ranking({ view: { objectives } }: { view: InferenceView }) {
  return objectives.map(({ id, text, scores }) => (
    <div key={id} className="mt-2 text-[0.9rem]">
      <p>
        <span className="text-faint">Objective</span> {text}
      </p>
      <ol>
        {scores?.map(({ agentId, score, reason }) => (
          <li key={agentId} className="flex gap-2">
            <a href={`#/agent/${agentId}`} className="shrink-0 tabular-nums">
              {score} · #{agentId}
            </a>
            <span className="min-w-0 break-words text-soft">{reason}</span>
          </li>
        ))}
      </ol>
    </div>
  ));
}

function Calls({ calls }: { calls: readonly InferenceCallView[] }) {
  if (calls.length === 0) return null;
  return (
    <details className="mt-2 text-[0.9rem]">
      <summary className="cursor-pointer text-soft">Last calls of the model</summary>
      <ul className="mt-1">
        {calls.slice(0, CALLS_SHOWN).map((call) => (
          <li
            key={call.id}
            className="flex flex-wrap gap-x-3 border-t border-line py-1 first:border-0"
          >
            <span className="min-w-0 flex-1 break-words">
              {call.kind} <span className="text-faint">{call.error ?? call.outcome}</span>
            </span>
            <span className="text-soft tabular-nums">{tookText(call)}</span>
            <Elapsed at={call.startedAt} form="ago" className="text-faint" />
          </li>
        ))}
      </ul>
    </details>
  );
}

function tookText({ inputTokens, outputTokens, costUSD }: InferenceCallView): string {
  if (inputTokens === null && outputTokens === null) return '';
  const tokens = (inputTokens ?? 0) + (outputTokens ?? 0);
  return `${tokens.toLocaleString()} tokens${costUSD === null ? '' : `, $${costUSD.toFixed(4)}`}`;
}
