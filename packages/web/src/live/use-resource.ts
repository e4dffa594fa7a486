/** Something fetched from the server, kept while it is fetched again. */
import { useEffect, useRef, useState } from 'react';
import { ApiError, noAnswer } from './api.ts';
import { api } from './app-state.ts';

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
  const [attempt, setAttempt] = useState(0);
  const fetched = useRef({ path: '', at: 0 });
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    const load = async () => {
      fetched.current = { path, at: Date.now() };
      try {
        const { body } = await api.get<T>(path, signal);
        if (!signal.aborted) setState({ path, data: body, error: null });
      } catch (thrown) {
        if (signal.aborted) return;
        const error = thrown instanceof ApiError ? thrown : noAnswer(thrown);
        setState((old) => ({ path, data: old.path === path ? old.data : null, error }));
      }
    };
    const since = Date.now() - fetched.current.at;
    const wait = fetched.current.path === path ? Math.max(0, LEAST_GAP_MS - since) : 0;
    const timer = setTimeout(() => void load(), wait);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [path, version, attempt]);
  const current = state.path === path ? state : { data: null, error: null };
  return { ...current, retry: () => setAttempt((count) => count + 1) };
}

/** Counts up every `periodMs` while the page is visible; use it as a version. */
export function useBeat(periodMs: number): number {
  const [beat, setBeat] = useState(0);
  useEffect(() => {
    const next = () => {
      if (!document.hidden) setBeat((count) => count + 1);
    };
    const timer = setInterval(next, periodMs);
    document.addEventListener('visibilitychange', next);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', next);
    };
  }, [periodMs]);
  return beat;
}
