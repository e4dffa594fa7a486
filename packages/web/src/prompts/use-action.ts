/** One change on the server at a time, with its refusal kept for the person to read. */
import { useState } from 'react';
import { api } from '../live/app-state.ts';
import { ApiError, noAnswer } from '../net/api.ts';

export interface Action {
  /** True where it was done. `onChanged` is called in both cases: a refusal means things moved. */
  run: (method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) => Promise<boolean>;
  busy: boolean;
  error: ApiError | null;
}

export function useAction(onChanged: () => void): Action {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const run: Action['run'] = async (method, path, body) => {
    setBusy(true);
    setError(null);
    try {
      await api.send<unknown>(method, path, body);
      return true;
    } catch (thrown) {
      setError(thrown instanceof ApiError ? thrown : noAnswer(thrown));
      return false;
    } finally {
      setBusy(false);
      onChanged();
    }
  };
  return { run, busy, error };
}
