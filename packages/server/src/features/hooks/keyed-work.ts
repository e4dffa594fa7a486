/**
 * Runs work for keys: one run per key at a time, a bounded number of keys beside each other, and
 * one more run for a key that was scheduled while its run was going on.
 */
export class KeyedWork {
  private readonly work: (key: string) => Promise<void>;
  private readonly concurrency: number;
  private readonly ready = new Set<string>();
  private readonly running = new Set<string>();
  private idle: (() => void)[] = [];
  private stopped = false;

  /** `work` must not reject. */
  constructor(concurrency: number, work: (key: string) => Promise<void>) {
    this.concurrency = concurrency;
    this.work = work;
  }

  schedule(key: string): void {
    if (this.stopped) return;
    this.ready.add(key);
    this.fill();
  }

  /** Resolves when nothing runs and nothing is ready. */
  async settled(): Promise<void> {
    if (this.running.size === 0 && this.ready.size === 0) return;
    await new Promise<void>((resolve) => this.idle.push(resolve));
  }

  /** Starts nothing more; resolves when the present runs are over. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.ready.clear();
    await this.settled();
  }

  private fill(): void {
    for (const key of this.ready) {
      if (this.running.size >= this.concurrency) return;
      if (this.running.has(key)) continue;
      this.ready.delete(key);
      this.running.add(key);
      void this.run(key);
    }
    if (this.running.size === 0 && this.ready.size === 0) {
      for (const resolve of this.idle.splice(0)) resolve();
    }
  }

  private async run(key: string): Promise<void> {
    await this.work(key);
    this.running.delete(key);
    this.fill();
  }
}
