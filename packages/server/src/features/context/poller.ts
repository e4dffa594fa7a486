/**
 * Puts what signals say of context use into their agents. Decided first without a lock, on what is
 * known; only an agent for which a person would see a difference is locked, one at a time, and
 * decided again on its fresh row. Whoever holds an agent is not waited for: the signal stays.
 */
import { applyContextReading } from '../../domain/apply.ts';
import { type ContextMarks, isWorthTelling, withReading } from '../../domain/context-use.ts';
import {
  type AgentsContext,
  FencedError,
  type Section,
  SHUT_OUT,
  withAgentOrSkip,
} from '../agents/index.ts';
import { deleteOldSignals, markPolled, type WaitingSignal, waitingSignals } from './queries.ts';
import type { ContextSignal } from './signals.ts';

export interface ContextPollerOptions {
  context: AgentsContext;
  marks: ContextMarks;
  /** Signals taken with one look. */
  batchSize: number;
  now: () => number;
}

/** The hook that brings a signal's agent to the board may be on its way. */
const ORPHAN_MS = 60_000;
const KEPT_DAYS = 2;
const CLEAN_EVERY_MS = 10 * 60_000;

export class ContextPoller {
  private readonly options: ContextPollerOptions;
  private cleanedAt = 0;

  constructor(options: ContextPollerOptions) {
    this.options = options;
  }

  /** One look at all signals that wait. Returns the number of agents that were changed. */
  async tick(signal?: AbortSignal): Promise<number> {
    const { context, batchSize } = this.options;
    const polled: ContextSignal[] = [];
    let changed = 0;
    try {
      for (const waiting of await waitingSignals(context.pool, batchSize)) {
        if (signal?.aborted === true) break;
        const result = await this.takeOrLeave(waiting);
        if (result !== 'later') polled.push(waiting.signal);
        if (result === 'changed') changed += 1;
      }
    } finally {
      await markPolled(context.pool, polled);
    }
    await this.clean();
    return changed;
  }

  private async takeOrLeave(waiting: WaitingSignal): Promise<'changed' | 'done' | 'later'> {
    try {
      return await this.take(waiting);
    } catch (error) {
      // Another section has entered meanwhile: the signal is looked at again.
      if (error instanceof FencedError) return 'later';
      if ((error as { code?: unknown } | null)?.code === SHUT_OUT) return 'later';
      throw error;
    }
  }

  private async take(waiting: WaitingSignal): Promise<'changed' | 'done' | 'later'> {
    const { agentId, known, signal } = waiting;
    if (agentId === null) return waiting.waitedMs > ORPHAN_MS ? 'done' : 'later';
    if (!isWorthTelling(known, withReading(known, signal, this.options.marks))) return 'done';
    const purpose = `context use by ${signal.source}`;
    const result = await withAgentOrSkip(this.options.context, agentId, { purpose }, (section) =>
      this.takeInside(section, agentId, signal),
    );
    return result.acquired ? result.value : 'later';
  }

  private async takeInside(
    section: Section,
    id: number,
    signal: ContextSignal,
  ): Promise<'changed' | 'done'> {
    const agent = section.agents.get(id);
    if (agent === undefined || agent.state.ending !== null) return 'done';
    if (agent.host !== signal.host || agent.sessionId !== signal.sessionId) return 'done';
    const { marks } = this.options;
    const { context: known } = agent.state.activity;
    if (!isWorthTelling(known, withReading(known, signal, marks))) return 'done';
    section.apply(agent, (state) => applyContextReading(state, signal, marks));
    await section.persist();
    return 'changed';
  }

  private async clean(): Promise<void> {
    const now = this.options.now();
    if (now - this.cleanedAt < CLEAN_EVERY_MS) return;
    this.cleanedAt = now;
    await deleteOldSignals(this.options.context.pool, KEPT_DAYS);
  }
}
