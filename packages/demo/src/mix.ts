/**
 * Keeps the board worth looking at: an agent that shows something to see stays as it is until
 * another one shows the same.
 */
import type { Attention } from '@headspace/contract';

/** Groups of the board that shall not run empty. */
const KEPT: readonly Attention[] = ['needs_you', 'your_turn', 'working', 'limit', 'ended'];

export class Mix {
  readonly #shown = new Map<number, Attention>();
  readonly #keeps: boolean;
  #changed = Promise.withResolvers<void>();

  /**
   * @param agents size of the fleet. With as many agents as kept groups all could wait for each
   *   other for ever; with one more, two are always in the same group, and one of them may go on.
   */
  constructor(agents: number) {
    this.#keeps = agents > KEPT.length;
  }

  /** Agent number `agent` shows this now. */
  show(agent: number, attention: Attention): void {
    this.#shown.set(agent, attention);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  /**
   * Resolves once the agent may go on to something else, or when the signal fires. From then on
   * it no longer counts as one of its group.
   */
  async released(agent: number, signal: AbortSignal): Promise<void> {
    const aborted = Promise.withResolvers<void>();
    const onAbort = (): void => aborted.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    while (!signal.aborted && this.#isLast(agent)) {
      await Promise.race([this.#changed.promise, aborted.promise]);
    }
    signal.removeEventListener('abort', onAbort);
    this.#shown.delete(agent);
  }

  #isLast(agent: number): boolean {
    const own = this.#shown.get(agent);
    if (!this.#keeps || own === undefined || !KEPT.includes(own)) return false;
    return ![...this.#shown].some(([other, shown]) => other !== agent && shown === own);
  }
}
