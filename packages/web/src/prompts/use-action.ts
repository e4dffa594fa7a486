/** One change on the server at a time, with its refusal kept for the person to read. */
import { useState } from 'react';
import { api } from '../live/app-state.ts';
import { ApiError, noAnswer } from '../net/api.ts';

type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Action {
  /** The answer; null where it was refused. `onChanged` is called in both cases: things moved. */
  run: <T>(
    method: Method,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<T | null>;
  busy: boolean;
  error: ApiError | null;
}

export function useAction(onChanged: () => void): Action {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const run: Action['run'] = async <T>(
    method: Method,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ) => {
    setBusy(true);
    setError(null);
    try {
      return await api.send<T>(method, path, body, headers);
    } catch (thrown) {
      setError(thrown instanceof ApiError ? thrown : noAnswer(thrown));
      return null;
    } finally {
      setBusy(false);
      onChanged();
    }
  };
  return { run, busy, error };
}
