/** What is done to the workers and to PostgreSQL while they work. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { type BadLink, startBadLink } from '../bad-link.ts';
import type { Cluster } from '../cluster.ts';
import type { Fault } from './events.ts';
import type { Orders, WorkerLine } from './worker.ts';

const PROGRAM = fileURLToPath(new URL('worker.ts', import.meta.url));

export interface Field {
  readonly cluster: Cluster;
  readonly database: string;
  readonly leaseMs: number;
}

/** One place in which a worker works; after a kill another process takes it. */
export class Place {
  readonly lines: WorkerLine[] = [];
  private readonly field: Field;
  private readonly base: Omit<Orders, 'lockUrl' | 'name'>;
  private readonly name: string;
  private link: BadLink | null = null;
  private child: ChildProcess | null = null;
  /** Processes so far. */
  processes = 0;
  private paused = false;

  constructor(field: Field, name: string, base: Omit<Orders, 'lockUrl' | 'name'>) {
    this.field = field;
    this.name = name;
    this.base = base;
  }

  async start(): Promise<void> {
    this.link ??= await startBadLink(this.field.cluster.url(this.field.database));
    const name = `${this.name}.${++this.processes}`;
    const orders: Orders = { ...this.base, name, lockUrl: this.link.url };
    const child = spawn(process.execPath, [PROGRAM, JSON.stringify(orders)], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.on('error', () => undefined);
    createInterface({ input: child.stdout }).on('line', (line) => {
      // A process that is killed in the middle of a line leaves half of it.
      if (line.endsWith('}')) this.lines.push(JSON.parse(line) as WorkerLine);
    });
    this.child = child;
  }

  async kill(): Promise<void> {
    await this.gone('SIGKILL');
    await this.start();
  }

  async pause(ms: number): Promise<void> {
    this.child?.kill('SIGSTOP');
    this.paused = true;
    await pause(ms);
    this.child?.kill('SIGCONT');
    this.paused = false;
  }

  block(ms: number): void {
    this.child?.stdin?.write(`block ${ms}\n`);
  }

  /** For so long nothing passes; then the connections break and new ones are good again. */
  async silence(ms: number): Promise<void> {
    this.link?.fallSilent();
    await pause(ms);
    // The same port: the process knows no other address.
    await this.gone('SIGTERM');
    await this.link?.close();
    this.link = null;
    await this.start();
  }

  /** Lets it come to its end by itself; kills it if it does not. */
  async end(): Promise<void> {
    if (this.paused) this.child?.kill('SIGCONT');
    const { child } = this;
    if (child !== null && child.exitCode === null) {
      child.stdin?.end();
      const gone = once(child, 'exit');
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await gone;
      clearTimeout(timer);
    }
    await this.link?.close();
  }

  private async gone(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (child === null || child.exitCode !== null) return;
    const exit = once(child, 'exit');
    child.kill(signal);
    await exit;
  }
}

/** Longer than any lease is renewed for. */
const BEYOND_LEASE = 1.6;

export async function inflict(fault: Fault, field: Field, victim: Place): Promise<void> {
  const long = field.leaseMs * BEYOND_LEASE;
  switch (fault) {
    case 'kill':
      return victim.kill();
    case 'pause':
      return victim.pause(long);
    case 'silence':
      return victim.silence(long);
    case 'block':
      victim.block(long);
      return pause(long);
    case 'terminate':
      return terminate(field);
    case 'crash':
      await field.cluster.stopImmediately();
      return field.cluster.start();
  }
}

async function terminate({ cluster, database }: Field): Promise<void> {
  const client = new Client({ connectionString: cluster.url(database) });
  await client.connect();
  try {
    await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'history' and datname = current_database()`,
    );
  } finally {
    await client.end();
  }
}
