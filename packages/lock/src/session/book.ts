/** What we believe that one session holds: locks, and what it shows with shared locks. */
import type { LockKey, LockMode } from '../keys.ts';
import type { ReleaseAsk } from './operations.ts';
import { intentOf } from './statements.ts';

export class SessionBook {
  /** Lock ids of the locks held here, with their mode. */
  readonly held = new Map<string, LockMode>();
  /** How often each interest or intent key is shown. */
  readonly shown = new Map<bigint, number>();

  /** Places that the session takes in PostgreSQL's lock table. */
  get size(): number {
    return this.held.size + this.shown.size;
  }

  show(shownKey: bigint): void {
    this.shown.set(shownKey, (this.shown.get(shownKey) ?? 0) + 1);
  }

  /** Before the statement is sent: whatever happens to it, this is not held any more. */
  release(key: LockKey, ask: ReleaseAsk): void {
    if (ask.unlock !== null) this.held.delete(key.lockId);
    if (ask.hideInterest) this.#hide(key.interest);
    if (ask.hideIntent) this.#hide(intentOf(key));
  }

  clear(): void {
    this.held.clear();
    this.shown.clear();
  }

  #hide(shownKey: bigint): void {
    const count = this.shown.get(shownKey) ?? 0;
    if (count > 1) this.shown.set(shownKey, count - 1);
    else this.shown.delete(shownKey);
  }
}
