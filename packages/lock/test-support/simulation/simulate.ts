/**
 * One run: some processes with some callers, on the model of the server, with faults; and what must
 * hold in every run. A violation is thrown with its seed.
 */
import { AdvisoryLockError } from '../../src/errors.ts';
import { pairKey, type LockKey } from '../../src/keys.ts';
import { resolveSettings, type Settings } from '../../src/options.ts';
import type { OwnedLock } from '../../src/queue/held-lock.ts';
import { LockTable } from '../../src/queue/lock-table.ts';
import { semaphoreKeys } from '../../src/recipes/semaphore.ts';
import { ModelServer } from './model-server.ts';
import { World } from './world.ts';

/** Longest run; nothing that works takes as long. */
const LIMIT_MS = 120_000;
const SLOTS = 2;
const FAULTS = [
  'none',
  'none',
  'statements',
  'terminate',
  'cut',
  'pause',
  'notifications',
] as const;
const NEVER_MS = 86_400_000;

interface Target {
  readonly name: string;
  readonly key: LockKey;
  readonly slots: readonly LockKey[] | null;
}

interface Held {
  readonly lock: OwnedLock;
  readonly target: Target;
  readonly process: number;
}

export interface SimulationResult {
  readonly grants: number;
  readonly failures: number;
  readonly fault: string;
}

/** Throws Error `seed N: …` when something does not hold. */
export async function simulate(seed: number): Promise<SimulationResult> {
  const run = new Simulation(seed);
  try {
    return await run.run();
  } catch (error) {
    throw new Error(`seed ${seed} (${run.fault}): ${String(error)}`, { cause: error });
  }
}

class Simulation {
  readonly fault: (typeof FAULTS)[number];
  readonly #world: World;
  readonly #server: ModelServer;
  readonly #tables: LockTable[] = [];
  readonly #targets: readonly Target[];
  readonly #held = new Set<Held>();
  readonly #tokens = new Map<string, Set<bigint>>();
  readonly #order = new Map<string, number[]>();
  #pending = 0;
  #grants = 0;
  #failures = 0;
  #violation: Error | null = null;

  constructor(seed: number) {
    const world = new World(seed);
    this.#world = world;
    this.fault = world.pick(FAULTS);
    this.#server = new ModelServer(world, {
      statementFails: this.fault === 'statements' ? 0.08 : 0,
      notificationLost: this.fault === 'notifications' ? 0.5 : 0,
    });
    const { key, slots } = semaphoreKeys('simulated', SLOTS);
    const plain = [1, 2].map((id) => ({ name: `1/${id}`, key: pairKey(1, id), slots: null }));
    this.#targets = [...plain, { name: 'semaphore', key, slots }];
    const processes = world.between(1, 3);
    for (let process = 1; process <= processes; process++)
      this.#tables.push(new LockTable(this.#settings(process)));
  }

  async run(): Promise<SimulationResult> {
    for (const [index, table] of this.#tables.entries()) {
      const callers = this.#world.between(1, 4);
      for (let caller = 0; caller < callers; caller++) this.#start(this.#call(table, index + 1));
    }
    if (['terminate', 'cut', 'pause'].includes(this.fault)) this.#start(this.#nemesis());
    await this.#world.run(
      LIMIT_MS,
      () => this.#pending === 0 || this.#violation !== null,
      () => this.#check(),
    );
    if (this.#violation !== null) throw this.#violation;
    if (this.#pending > 0) throw new Error(`${this.#pending} callers never came to an end`);
    await this.#expectNothingLeft();
    return { grants: this.#grants, failures: this.#failures, fault: this.fault };
  }

  #settings(process: number): Settings {
    const world = this.#world;
    // A session that dies releases without a notification; then only the re-check finds the key.
    const canRecheck = this.fault !== 'none';
    return resolveSettings(
      {
        connectionString: 'model',
        sessions: world.between(1, 2),
        leaseMs: 1_000,
        heartbeatMs: 200,
        // Else every wake-up has to come from a notification.
        recheckMs: canRecheck || world.chance(0.3) ? 300 : NEVER_MS,
        maxHandOvers: world.between(0, 4),
        maxHandOverMs: world.pick([0, 5, 50]),
        yieldMs: world.pick([0, 10, 20]),
      },
      world.runtimeOf(process, this.#server.connectFrom(process)),
    );
  }

  #start(work: Promise<void>): void {
    this.#pending++;
    work
      .catch((error: unknown) => {
        this.#violation ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => this.#pending--);
  }

  async #call(table: LockTable, process: number): Promise<void> {
    const world = this.#world;
    for (let n = world.between(1, 5); n > 0; n--) {
      await world.sleep(process, world.between(0, 20));
      try {
        await this.#useOnce(table, process);
      } catch (error) {
        this.#expectAllowed(error);
        this.#failures++;
      }
    }
  }

  async #useOnce(table: LockTable, process: number): Promise<void> {
    const world = this.#world;
    const target = world.pick(this.#targets);
    const shared = target.slots === null && world.chance(0.4);
    const mode = world.chance(0.15) ? 'try' : 'wait';
    const controller = new AbortController();
    if (world.chance(0.15)) world.at(world.between(0, 30), process, () => controller.abort());
    const timeoutMs = world.chance(0.25) ? world.between(1, 60) : Infinity;
    // A timeout is told a moment after the caller left the queue, so its place proves nothing.
    const counts = mode === 'wait' && timeoutMs === Infinity;
    const place = counts ? this.#queueUp(target, process) : null;
    const { signal } = controller;
    const options = { mode, shared, timeoutMs, purpose: null, signal, report: true } as const;
    let lock: OwnedLock | null;
    try {
      lock = await table.request(target.key, options, target.slots);
    } catch (error) {
      this.#leave(target, process, place);
      throw error;
    }
    if (lock === null) return;
    this.#grants++;
    this.#expectInOrder(target, process, place);
    this.#expectFreshToken(target, lock.token);
    const held = { lock, target, process };
    this.#held.add(held);
    try {
      await world.sleep(process, this.#holdMs());
    } finally {
      this.#held.delete(held);
    }
    await lock.release();
  }

  /** Mostly short; long enough to outlive a lease where leases are at stake. */
  #holdMs(): number {
    const leases = this.fault === 'cut' || this.fault === 'pause';
    if (leases && this.#world.chance(0.2)) return this.#world.between(500, 2_500);
    return this.#world.between(0, 15);
  }

  /** Waiting callers of one process get a key in the order in which they came. */
  #queueUp({ name }: Target, process: number): number {
    const id = `${process}:${name}`;
    const queue = this.#order.get(id) ?? [];
    const place = (queue.at(-1) ?? 0) + 1;
    queue.push(place);
    this.#order.set(id, queue);
    return place;
  }

  #leave({ name }: Target, process: number, place: number | null): void {
    const queue = this.#order.get(`${process}:${name}`) ?? [];
    if (place !== null) queue.splice(queue.indexOf(place), 1);
  }

  #expectInOrder(target: Target, process: number, place: number | null): void {
    if (place === null) return;
    const [first] = this.#order.get(`${process}:${target.name}`) ?? [];
    if (first !== place) throw new Error(`${target.name}: caller ${place} came before ${first}`);
    this.#leave(target, process, place);
  }

  #expectFreshToken({ name, slots }: Target, token: bigint): void {
    const tokens = this.#tokens.get(name) ?? new Set<bigint>();
    if (tokens.has(token)) throw new Error(`${name}: token ${token} was given twice`);
    if (token <= 0n) throw new Error(`${name}: token ${token}`);
    if (slots === null) tokens.add(token);
    this.#tokens.set(name, tokens);
  }

  #expectAllowed(error: unknown): void {
    if (!(error instanceof AdvisoryLockError)) throw error;
    const always = ['timeout', 'aborted'];
    if (always.includes(error.code)) return;
    const broken = ['lost', 'connection'];
    // In a run without faults nothing gets lost and nothing fails.
    if (this.fault === 'none' || this.fault === 'notifications' || !broken.includes(error.code))
      throw error;
  }

  async #nemesis(): Promise<void> {
    const world = this.#world;
    for (let n = world.between(1, 3); n > 0; n--) {
      await world.sleep(0, world.between(5, 60));
      const pids = this.#server.pids();
      if (this.fault === 'pause')
        world.pause(world.between(1, this.#tables.length), world.pick([50, 800, 1_500, 3_000]));
      else if (pids.length > 0 && this.fault === 'terminate')
        this.#server.terminate(world.pick(pids));
      else if (pids.length > 0) this.#server.cut(world.pick(pids));
    }
  }

  /** No two holders that exclude each other are both sure to hold. */
  #check(): void {
    for (const target of this.#targets) {
      const sure = [...this.#held].filter((held) => held.target === target && this.#isSure(held));
      if (target.slots !== null && sure.length > SLOTS)
        throw new Error(`${sure.length} holders of ${SLOTS} slots`);
      if (target.slots !== null) continue;
      const exclusive = sure.filter(({ lock }) => !lock.shared).length;
      if (exclusive > 1 || (exclusive === 1 && sure.length > 1))
        throw new Error(`${target.name}: ${sure.length} holders, ${exclusive} of them exclusive`);
    }
  }

  #isSure({ lock }: Held): boolean {
    // Whose session was ended hears of it a moment later; the fence is for that.
    return lock.remainingMs() > 0 && !this.#server.terminated.has(lock.session.pid);
  }

  /** After the last caller: nothing is locked, shown or remembered. */
  async #expectNothingLeft(): Promise<void> {
    const isQuiet = (): boolean =>
      this.#server.locks.ids().length === 0 &&
      this.#tables.every((table) => table.queues.size === 0);
    await this.#world.run(this.#world.now + 10_000, isQuiet, () => {});
    if (!isQuiet()) {
      const queues = this.#tables.flatMap((table) => [...table.queues.keys()]);
      const locks = this.#server.locks.ids();
      throw new Error(`left: locks ${locks.join(' ')}; queues ${queues.join(' ')}`);
    }
    const closing = Promise.all(this.#tables.map((table) => table.close()));
    let closed = false;
    void closing.then(() => (closed = true));
    await new Promise((resolve) => setImmediate(resolve));
    await this.#world.run(
      this.#world.now + 10_000,
      () => closed,
      () => {},
    );
    if (!closed) throw new Error('the service does not close');
  }
}
