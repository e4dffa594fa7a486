/** Nothing could be loaded: what went wrong, what to do, and when the next try comes. */
import type { ApiError } from '../net/api.ts';
import { connection } from '../live/app-state.ts';
import { useClock } from '../live/clock.ts';
import { Brand } from './brand.tsx';

export function FailedPage({ error, retryAt }: { error: ApiError; retryAt: number }) {
  const wait = useClock(() => Math.max(0, Math.ceil((retryAt - Date.now()) / 1000)));
  return (
    <main className="flex min-h-dvh items-center justify-center p-4">
      <div className="panel w-full max-w-110 p-6 sm:p-8" data-testid="failed-page">
        <Brand />
        <h1 className="mt-6 text-[1.2rem] font-semibold">{error.message}</h1>
        {error.cure ? <p className="mt-1.5 text-soft">{error.cure}</p> : null}
        <p className="mt-4 text-[0.93rem] text-faint" role="status">
          {wait > 0 ? `Next try in ${wait} s.` : 'Trying again…'}
        </p>
        <button
          type="button"
          className="button-primary mt-4 w-full"
          onClick={() => connection.retryNow()}
        >
          Try now
        </button>
      </div>
    </main>
  );
}
