/**
 * Delivers the queued prompts of this host's agents. It acts when something has happened (a prompt
 * given, a hook applied) and sweeps for what other processes and crashes have left.
 *
 * Any number of processes may do it side by side: each step is decided under the agent's lock.
 */
import type { Settings } from '@headspace/contract';
import type { BridgeContext } from './context.ts';
import { type Advance, advancePrompt } from './advance-prompt.ts';
import { cleanPromptFiles } from './prompt-file.ts';
import { agentsToServe } from './queries.ts';

export interface DeliveryOptions {
  readonly context: BridgeContext;
  /** As they are now. */
  readonly settings: Pick<Settings, 'prompts.retentionDays'>;
  /** Agents per sweep. */
  readonly batch: number;
}

/** Agents at a time: each look is two short processes. */
const AT_A_TIME = 4;
/** Until an agent is looked at again of which nothing was heard; milliseconds. */
const REST_MS: Readonly<Record<Advance, number>> = {
  again: 0,
  busy: 50,
  sent: 500,
  waits: 1_000,
  nothing: 0,
};
/** Steps in a row before others have their turn. */
const STEPS = 8;
/** Longer than anybody is still to read them; and no longer than the prompts that they belong to. */
const FILE_DAYS = 7;
const DAY_MS = 86_400_000;

interface Served {
  running: boolean;
  /** Something has happened since the present look began. */
  woken: boolean;
  /** Not before, unless woken. */
  nextAt: number;
  /** A proof of arrival. */
  awaits: boolean;
}

const newlyServed = (): Served => ({ running: false, woken: false, nextAt: 0, awaits: false });

export class PromptDelivery {
  private readonly context: BridgeContext;
  private readonly settings: DeliveryOptions['settings'];
  private readonly batch: number;
  private readonly served = new Map<number, Served>();
  private readonly runs = new Set<Promise<void>>();
  private waiting: (() => void)[] = [];
  private active = 0;
  private closed = false;
  private cleanedAt = 0;

  constructor({ context, settings, batch }: DeliveryOptions) {
    this.context = context;
    this.settings = settings;
    this.batch = batch;
  }

  /** This agent has something to be delivered. */
  notice(agentId: number): void {
    if (!this.served.has(agentId)) {
      this.served.set(agentId, newlyServed());
    }
    this.wake(agentId);
  }

  /** Something has happened to this agent; of no interest where nothing waits for it. */
  wake(agentId: number): void {
    const served = this.served.get(agentId);
    if (served === undefined || this.closed) return;
    served.woken = true;
    this.start(agentId, served);
  }

  /** Somebody's rows have changed: the proof of what was sent may be among them. */
  poke(): void {
    for (const [agentId, served] of this.served) if (served.awaits) this.wake(agentId);
  }

  /** Looks at every agent with prompts on their way whose rest is over. */
  async tick(): Promise<void> {
    const { pool, hostId, clock } = this.context;
    const now = clock.now();
    for (const id of await agentsToServe(pool, hostId, this.batch)) {
      const known = this.served.get(id) ?? newlyServed();
      this.served.set(id, known);
      if (known.nextAt <= now) this.start(id, known);
    }
    await Promise.all(this.runs);
    if (now - this.cleanedAt < DAY_MS / 24) return;
    this.cleanedAt = now;
    const days = Math.min(FILE_DAYS, this.settings['prompts.retentionDays']);
    await cleanPromptFiles(this.context.promptsFolder, now - days * DAY_MS);
  }

  /** Ends after the steps under way. */
  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.runs);
  }

  private start(agentId: number, served: Served): void {
    if (served.running || this.closed) return;
    served.running = true;
    const run = this.serve(agentId, served).finally(() => {
      served.running = false;
      this.runs.delete(run);
      if (served.woken) this.wake(agentId);
    });
    this.runs.add(run);
  }

  private async serve(agentId: number, served: Served): Promise<void> {
    await this.enterGate();
    try {
      for (let steps = 0; steps < STEPS && !this.closed; steps++) {
        served.woken = false;
        const result = await advancePrompt(this.context, agentId);
        served.nextAt = this.context.clock.now() + REST_MS[result];
        served.awaits = result === 'sent';
        if (result === 'nothing') this.served.delete(agentId);
        if (result !== 'again') return;
      }
    } catch (error) {
      // The sweep comes again; one agent's failure ends nobody else's delivery.
      this.context.log.warn({ err: error, agentId }, 'prompt delivery: a step has failed');
      served.nextAt = this.context.clock.now() + REST_MS.waits;
      served.woken = false;
    } finally {
      this.leaveGate();
    }
  }

  private async enterGate(): Promise<void> {
    if (this.active < AT_A_TIME) {
      this.active += 1;
      return;
    }
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private leaveGate(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.active -= 1;
    else next();
  }
}
