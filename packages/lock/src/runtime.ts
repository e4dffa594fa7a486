/**
 * What the state machines need of the world: a clock, timers, turns of the event loop, connections.
 * The product has the real ones; the simulation has a model of the server and a clock of its own.
 */
import type { ClientConfig, Notification } from 'pg';
import { Connection } from './session/connection.ts';
import type { Statement, TextRow } from './session/text-statement.ts';

export interface Timer {
  cancel(): void;
}

/** Run one statement; rows come as arrays, with the driver's types. */
export type RunStatement = (text: string, values?: readonly unknown[]) => Promise<unknown[][]>;

/** Run a prepared statement; rows come as the server's text. */
export type SendStatement = (
  statement: Statement,
  values: readonly string[],
) => Promise<readonly TextRow[]>;

export interface LinkHooks {
  /** Runs right after connecting, before the connection is used. A failure closes it. */
  readonly prepare?: (run: RunStatement) => Promise<void>;
  /** Called once when the connection is gone, whoever ended it. */
  readonly onGone: (error: Error) => void;
  readonly onNotification?: (message: Pick<Notification, 'channel' | 'payload'>) => void;
}

/** An open connection. */
export interface Link {
  /** Backend pid as the server itself says. */
  readonly pid: number;
  readonly run: RunStatement;
  readonly send: SendStatement;
  /** Drop the connection without a word. */
  destroy(): void;
  /** Run a last statement, say goodbye; at most `withinMs`. */
  end(withinMs: number, lastStatement?: string): Promise<void>;
}

export interface Runtime {
  /** Monotonic milliseconds. */
  now(): number;
  /** One call after `ms`. The process stays alive for it only with `keepAlive`. */
  after(ms: number, run: () => void, keepAlive?: boolean): Timer;
  /** A call each `ms`; never keeps the process alive. */
  every(ms: number, run: () => void): Timer;
  /** A call at the end of this turn of the event loop. */
  nextTurn(run: () => void): void;
  /** Connect and apply PostgreSQL settings. Rejects with AdvisoryLockError. */
  connect(
    config: ClientConfig,
    settings: Readonly<Record<string, string>>,
    hooks: LinkHooks,
  ): Promise<Link>;
}

export const systemRuntime: Runtime = {
  now: () => performance.now(),
  after: (ms, run, keepAlive = false) => {
    const timer = setTimeout(run, ms);
    if (!keepAlive) timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  every: (ms, run) => {
    const timer = setInterval(run, ms).unref();
    return { cancel: () => clearInterval(timer) };
  },
  nextTurn: (run) => void setImmediate(run),
  connect: (config, settings, hooks) => Connection.open(config, settings, hooks),
};
