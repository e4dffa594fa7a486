/** PostgreSQL's advisory locks: per session, counted, shared and exclusive. */
export interface Counts {
  exclusive: number;
  shared: number;
}

export class ModelLocks {
  /** Lock id, then session pid. */
  readonly #locks = new Map<string, Map<number, Counts>>();

  tryLock(pid: number, lockId: string, shared: boolean): boolean {
    const holders = this.#locks.get(lockId) ?? new Map<number, Counts>();
    for (const [other, counts] of holders)
      if (other !== pid && (counts.exclusive > 0 || (!shared && counts.shared > 0))) return false;
    const mine = holders.get(pid) ?? { exclusive: 0, shared: 0 };
    if (shared) mine.shared++;
    else mine.exclusive++;
    holders.set(pid, mine);
    this.#locks.set(lockId, holders);
    return true;
  }

  unlock(pid: number, lockId: string, shared: boolean): boolean {
    const holders = this.#locks.get(lockId);
    const mine = holders?.get(pid);
    if (holders === undefined || mine === undefined) return false;
    if ((shared ? mine.shared : mine.exclusive) === 0) return false;
    if (shared) mine.shared--;
    else mine.exclusive--;
    if (mine.shared + mine.exclusive === 0) holders.delete(pid);
    if (holders.size === 0) this.#locks.delete(lockId);
    return true;
  }

  /** Whether another session has the lock in any mode. */
  othersHave(pid: number, lockId: string): boolean {
    return [...(this.#locks.get(lockId)?.keys() ?? [])].some((other) => other !== pid);
  }

  releaseAll(pid: number): void {
    for (const [lockId, holders] of this.#locks) {
      holders.delete(pid);
      if (holders.size === 0) this.#locks.delete(lockId);
    }
  }

  holdings(pid: number): readonly { lockId: string; shared: boolean }[] {
    const all: { lockId: string; shared: boolean }[] = [];
    for (const [lockId, holders] of this.#locks) {
      const mine = holders.get(pid);
      if (mine === undefined) continue;
      if (mine.exclusive > 0) all.push({ lockId, shared: false });
      if (mine.shared > 0) all.push({ lockId, shared: true });
    }
    return all;
  }

  ids(): string[] {
    return [...this.#locks.keys()];
  }
}
