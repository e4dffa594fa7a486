/** A model of PostgreSQL as far as the lock package uses it, with links that take time and fail. */
import type { Link, LinkHooks } from '../../src/runtime.ts';
import { CHANNEL } from '../../src/session/statements.ts';
import { ModelLocks } from './model-locks.ts';
import { runStatement, type Notify } from './model-statements.ts';
import type { World } from './world.ts';

export interface Faults {
  /** Probability that a statement of several rows stops in the middle, with an error. */
  readonly statementFails: number;
  readonly notificationLost: number;
}

interface Backend {
  readonly pid: number;
  readonly process: number;
  readonly hooks: LinkHooks;
  readonly idleMs: number;
  alive: boolean;
  listening: boolean;
  /** Nothing passes any more, in either direction. */
  silent: boolean;
  /** When each direction delivered last: messages keep their order. */
  lastUp: number;
  lastDown: number;
  idleSince: number;
  gone: boolean;
  readonly waiting: Set<(error: Error) => void>;
}

export class ModelServer {
  readonly locks = new ModelLocks();
  /** Sessions that an administrator ended: their holders may be told late. */
  readonly terminated = new Set<number>();
  readonly #world: World;
  readonly #faults: Faults;
  readonly #backends = new Map<number, Backend>();
  #nextPid = 100;
  #sequence = 0n;

  constructor(world: World, faults: Faults) {
    this.#world = world;
    this.#faults = faults;
  }

  /** Runtime.connect of one process. */
  connectFrom(process: number) {
    return async (
      _config: unknown,
      settings: Readonly<Record<string, string>>,
      hooks: LinkHooks,
    ): Promise<Link> => {
      await this.#world.sleep(process, this.#world.between(1, 4));
      const backend: Backend = {
        pid: this.#nextPid++,
        process,
        hooks,
        idleMs: Number(settings['idle_session_timeout'] ?? 0),
        alive: true,
        listening: false,
        silent: false,
        lastUp: 0,
        lastDown: 0,
        idleSince: this.#world.now,
        gone: false,
        waiting: new Set(),
      };
      this.#backends.set(backend.pid, backend);
      // The epoch of the fencing sequence: each session begins beyond all earlier tokens.
      this.#sequence += 1_048_576n * 1_024n;
      this.#watchIdle(backend);
      return {
        pid: backend.pid,
        run: (text, values = []) => this.#send(backend, text, values, undefined),
        send: async ({ name, text }, values) => {
          const rows = await this.#send(backend, text, values, name);
          return rows.map((row) => row.map(asText));
        },
        destroy: () => this.#close(backend, true),
        end: (within, last) => this.#end(backend, within, last),
      };
    };
  }

  pids(): number[] {
    return [...this.#backends.values()].filter(({ alive }) => alive).map(({ pid }) => pid);
  }

  /** pg_terminate_backend: locks are free now, the client hears of it a moment later. */
  terminate(pid: number): void {
    const backend = this.#backends.get(pid);
    if (backend === undefined || !backend.alive) return;
    this.terminated.add(pid);
    this.#die(backend, true);
  }

  /** The network is cut without a word. */
  cut(pid: number): void {
    const backend = this.#backends.get(pid);
    if (backend !== undefined) backend.silent = true;
  }

  async #end(backend: Backend, withinMs: number, last: string | undefined): Promise<void> {
    const limit = this.#world.at(withinMs, backend.process, () => this.#close(backend, true));
    if (last !== undefined) await this.#send(backend, last, [], undefined).catch(() => []);
    limit.cancel();
    this.#close(backend, false);
  }

  /** The client closes; the server sees it when the packet arrives. */
  #close(backend: Backend, tell: boolean): void {
    if (backend.gone) return;
    if (!backend.silent) this.#up(backend, () => this.#die(backend, false));
    if (tell) this.#gone(backend, 'the connection was closed');
    else backend.gone = true;
  }

  #gone(backend: Backend, why: string): void {
    if (backend.gone) return;
    backend.gone = true;
    for (const reject of backend.waiting) reject(new Error(why));
    backend.waiting.clear();
    backend.hooks.onGone(new Error(why));
  }

  #die(backend: Backend, tell: boolean): void {
    if (!backend.alive) return;
    backend.alive = false;
    this.locks.releaseAll(backend.pid);
    if (tell) this.#down(backend, () => this.#gone(backend, 'terminating connection'));
  }

  #watchIdle(backend: Backend): void {
    if (backend.idleMs === 0 || !backend.alive) return;
    const left = backend.idleSince + backend.idleMs - this.#world.now;
    if (left <= 0) this.#die(backend, true);
    else this.#world.at(left, 0, () => this.#watchIdle(backend));
  }

  #send(
    backend: Backend,
    text: string,
    values: readonly unknown[],
    name: string | undefined,
  ): Promise<unknown[][]> {
    return new Promise((resolve, reject) => {
      if (backend.gone) return reject(new Error('the connection is closed'));
      backend.waiting.add(reject);
      this.#up(backend, () => {
        if (!backend.alive) return;
        const answer = this.#execute(backend, text, values, name);
        backend.idleSince = this.#world.now;
        this.#down(backend, () => {
          backend.waiting.delete(reject);
          if (answer instanceof Error) reject(answer);
          else resolve(answer);
        });
      });
    });
  }

  #execute(
    backend: Backend,
    text: string,
    values: readonly unknown[],
    name: string | undefined,
  ): unknown[][] | Error {
    if (text.startsWith('listen ')) {
      backend.listening = true;
      return [];
    }
    const notifications: Notify[] = [];
    const failAfter = this.#world.chance(this.#faults.statementFails)
      ? this.#world.between(0, 3)
      : Infinity;
    const statement = { pid: backend.pid, text, values, name, failAfter };
    const rows = runStatement(this.locks, statement, {
      nextval: () => (this.#sequence += 1_024n),
      notify: (payload) => notifications.push(payload),
    });
    if (!(rows instanceof Error)) for (const payload of notifications) this.#notify(payload);
    return rows;
  }

  #notify(payload: string): void {
    for (const backend of this.#backends.values()) {
      if (!backend.alive || !backend.listening) continue;
      if (this.#world.chance(this.#faults.notificationLost)) continue;
      this.#down(backend, () => backend.hooks.onNotification?.({ channel: CHANNEL, payload }));
    }
  }

  #up(backend: Backend, run: () => void): void {
    const at = Math.max(this.#world.now + this.#latency(), backend.lastUp);
    backend.lastUp = at;
    this.#world.at(at - this.#world.now, 0, () => backend.silent || run());
  }

  #down(backend: Backend, run: () => void): void {
    const at = Math.max(this.#world.now + this.#latency(), backend.lastDown);
    backend.lastDown = at;
    this.#world.at(at - this.#world.now, backend.process, () => {
      if (!backend.silent && !backend.gone) run();
    });
  }

  #latency(): number {
    return this.#world.chance(0.05) ? this.#world.between(5, 30) : this.#world.random() * 2;
  }
}

/** A value in the server's text form. */
function asText(value: unknown): string | null {
  if (value === null) return null;
  if (typeof value === 'boolean') return value ? 't' : 'f';
  return String(value);
}
