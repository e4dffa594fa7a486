import { useSyncExternalStore } from 'react';
import type { Store } from '../model/store.ts';

/** Watches a part of a store. `select` must give the same object as long as nothing changed. */
export function useStore<T, S>(store: Store<T>, select: (value: T) => S): S {
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}
