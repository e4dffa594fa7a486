/** Something fetched from the server, kept while it is fetched again. */
import { useEffect, useState } from 'react';
import { ApiError, noAnswer } from '../net/api.ts';
import { api } from './app-state.ts';
import { Refresher } from '../net/refresher.ts';

export interface Resource<T> {
  data: T | null;
  error: ApiError | null;
  retry: () => void;
}

/** A busy agent changes many times a second; what belongs to it is fetched at most this often. */
const LEAST_GAP_MS = 1000;

/**
 * Fetches `path` at once, and again whenever `version` changes. An error does not take away what
 * is there.
 */
export function useResource<T>(path: string, version: unknown): Resource<T> {
  const [state, setState] = useState<{ path: string; data: T | null; error: ApiError | null }>({
    path,
    data: null,
    error: null,
  });
  const [refresher, setRefresher] = useState<Refresher | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const next = new Refresher(async () => {
      try {
        const { body } = await api.get<T>(path, signal);
        if (!signal.aborted) setState({ path, data: body, error: null });
      } catch (thrown) {
        if (signal.aborted) return;
        const error = thrown instanceof ApiError ? thrown : noAnswer(thrown);
        setState((old) => ({ path, data: old.path === path ? old.data : null, error }));
      }
    }, LEAST_GAP_MS);
    setRefresher(next);
    return () => {
      next.stop();
      controller.abort();
    };
  }, [path]);
  useEffect(() => refresher?.request(), [refresher, version]);
  const current = state.path === path ? state : { data: null, error: null };
  return { ...current, retry: () => refresher?.request() };
}
