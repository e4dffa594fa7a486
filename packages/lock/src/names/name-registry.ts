/** Two names with one key are silently one lock everywhere. This finds them. */
import { wideKey, type WideKey } from '../keys.ts';
import { nameKey } from './name-key.ts';

/** Names that are remembered; beyond that the oldest is forgotten. */
const MOST_NAMES = 100_000;

export interface NameCollision {
  readonly key: bigint;
  /** Two or more, in the order given. */
  readonly names: readonly string[];
}

/** Names of a list that share a key; for a check before a release, or of all names in use. */
export function findNameCollisions(
  names: Iterable<string>,
  keyOf: (name: string) => WideKey = nameKey,
): readonly NameCollision[] {
  const byKey = new Map<bigint, string[]>();
  for (const name of new Set(names)) {
    const { key } = keyOf(name);
    const same = byKey.get(key);
    if (same === undefined) byKey.set(key, [name]);
    else same.push(name);
  }
  return [...byKey]
    .filter(([, same]) => same.length > 1)
    .map(([key, same]) => ({ key, names: same }));
}

/** Remembers which name a key came from, and tells when a second one comes. */
export class NameRegistry {
  readonly #keyOf: (name: string) => WideKey;
  readonly #names = new Map<string, string>();
  readonly #onCollision: (collision: NameCollision) => void;

  constructor(
    onCollision: (collision: NameCollision) => void,
    keyOf: (name: string) => WideKey = nameKey,
  ) {
    this.#onCollision = onCollision;
    this.#keyOf = keyOf;
  }

  /** The key of a name. Reports a collision each time that it is seen. */
  keyFor(name: string): WideKey {
    const wide = this.#keyOf(name);
    const { lockId } = wideKey(wide.key);
    const known = this.#names.get(lockId);
    if (known === undefined) this.#remember(lockId, name);
    else if (known !== name) this.#onCollision({ key: wide.key, names: [known, name] });
    return wide;
  }

  /** The name that a key came from, as far as this process knows. */
  nameOf(key: bigint): string | null {
    return this.#names.get(wideKey(key).lockId) ?? null;
  }

  #remember(lockId: string, name: string): void {
    if (this.#names.size >= MOST_NAMES) {
      const [oldest] = this.#names.keys();
      if (oldest !== undefined) this.#names.delete(oldest);
    }
    this.#names.set(lockId, name);
  }
}
