/**
 * Keys that this process waits for while another session holds them. They cost no connection: they
 * are woken by a notification, and looked at again at a slow pace should one get lost.
 */
import type { Runtime, Timer } from '../runtime.ts';
import type { KeyQueue } from './key-queue.ts';

export class RemoteWaits {
  readonly #runtime: Runtime;
  readonly #recheckMs: number;
  readonly #wake: (queue: KeyQueue) => void;
  readonly #queues = new Set<KeyQueue>();
  #timer: Timer | null = null;

  constructor(runtime: Runtime, recheckMs: number, wake: (queue: KeyQueue) => void) {
    this.#runtime = runtime;
    this.#recheckMs = recheckMs;
    this.#wake = wake;
  }

  add(queue: KeyQueue): void {
    this.#queues.add(queue);
    this.#timer ??= this.#runtime.every(this.#recheckMs, () => this.#tick());
  }

  delete(queue: KeyQueue): void {
    this.#queues.delete(queue);
  }

  wakeAll(): void {
    for (const queue of [...this.#queues]) this.#wake(queue);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  #tick(): void {
    if (this.#queues.size === 0) this.stop();
    else this.wakeAll();
  }
}
