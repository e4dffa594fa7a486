/**
 * Keys that this process waits for while another session holds them. They cost no connection: they
 * are woken by a notification, and looked at again at a slow pace should one get lost.
 */
import type { KeyQueue } from './key-queue.ts';

export class RemoteWaits {
  readonly #recheckMs: number;
  readonly #wake: (queue: KeyQueue) => void;
  readonly #queues = new Set<KeyQueue>();
  #timer: NodeJS.Timeout | null = null;

  constructor(recheckMs: number, wake: (queue: KeyQueue) => void) {
    this.#recheckMs = recheckMs;
    this.#wake = wake;
  }

  add(queue: KeyQueue): void {
    this.#queues.add(queue);
    this.#timer ??= setInterval(() => this.#tick(), this.#recheckMs).unref();
  }

  delete(queue: KeyQueue): void {
    this.#queues.delete(queue);
  }

  wakeAll(): void {
    for (const queue of this.#queues) this.#wake(queue);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #tick(): void {
    if (this.#queues.size === 0) this.stop();
    else this.wakeAll();
  }
}
