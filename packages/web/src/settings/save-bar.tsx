/** The bar at the bottom: saves what was typed, or takes the last save back. */
import type { ApiError } from '../net/api.ts';
import type { SettingsState } from './use-settings.ts';

export function SaveBar({ state }: { state: SettingsState }) {
  const changes = state.form?.drafts.size ?? 0;
  const failed = state.error !== null && changes > 0;
  if (changes === 0 && state.saved === null) return null;
  return (
    <div
      data-testid="save-bar"
      className="fixed inset-x-0 bottom-0 z-20 border-t border-line bg-surface px-4 py-2.5 sm:px-6"
    >
      <div className="mx-auto flex max-w-220 flex-wrap items-center gap-2">
        <p role="status" className="min-w-0 flex-1 basis-40 text-[0.93rem]">
          {failed ? (
            <span data-attention="needs_you" className="text-tone">
              {state.error ? refusalText(state.error) : ''}
            </span>
          ) : (
            message(changes)
          )}
        </p>
        {changes > 0 ? (
          <>
            <button
              type="button"
              className="button"
              disabled={state.saving}
              onClick={state.discard}
            >
              Discard
            </button>
            <button
              type="button"
              className="button-primary h-8"
              disabled={state.saving}
              onClick={state.save}
            >
              {state.saving ? 'Saving…' : 'Save'}
            </button>
          </>
        ) : state.saved ? (
          <button type="button" className="button" disabled={state.saving} onClick={state.undo}>
            Undo
          </button>
        ) : null}
      </div>
    </div>
  );
}

/** What the refusal means here; the server's own words are for programs. */
function refusalText({ status, message: title, cure }: ApiError): string {
  if (status === 412) return 'Changed meanwhile by somebody else. Look it over and save again.';
  if (status === 400) return 'Nothing was saved: see the marked settings.';
  if (status === 409)
    return 'Nothing was saved: config.yaml has a mistake. Correct it by hand first.';
  return `${title}. ${cure ?? ''}`;
}

function message(changes: number): string {
  if (changes === 0) return 'Saved.';
  return changes === 1 ? 'One change.' : `${String(changes)} changes.`;
}
