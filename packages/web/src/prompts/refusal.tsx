/** What the server said no to, and what can be done. */
import type { ApiError } from '../net/api.ts';

export function Refusal({ error }: { error: ApiError | null }) {
  return (
    <div role="alert" data-attention="needs_you">
      {error ? (
        <p className="mt-1.5 text-[0.87rem] break-words text-tone">
          {error.detail ?? error.message}{' '}
          {/* The cure of a wrong field is for programs; the detail has said it. */}
          {error.code === 'invalid_payload' && error.detail !== null ? null : (
            <span className="text-soft">{error.cure}</span>
          )}
        </p>
      ) : null}
    </div>
  );
}
