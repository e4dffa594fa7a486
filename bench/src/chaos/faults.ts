/** What can go wrong: each fault is made, lasts, and is healed again. */
import { setTimeout as sleep } from 'node:timers/promises';
import { between, oneOf } from '@headspace/testkit/random';
import type { Fleet, Member } from './fleet.ts';

export interface FaultContext {
  readonly fleet: Fleet;
  readonly random: () => number;
}

export type Fault = (context: FaultContext) => Promise<void>;

const runningMember = ({ fleet, random }: FaultContext): Member =>
  oneOf(
    random,
    fleet.members.filter(({ server }) => server !== null),
  );

/** A server dies in the middle of whatever it does. */
async function killServer(context: FaultContext): Promise<void> {
  const member = runningMember(context);
  await context.fleet.end(member, 'SIGKILL');
  await sleep(between(context.random, 0, 500));
  await context.fleet.start(member);
}

/** A server is asked to stop and stops in order. */
async function stopServer(context: FaultContext): Promise<void> {
  const member = runningMember(context);
  const code = await context.fleet.end(member, 'SIGTERM');
  if (code !== 0) throw new Error(`a server that was asked to stop ended with ${String(code)}`);
  await context.fleet.start(member);
}

/** A server sleeps, longer than its locks' lease half of the time, and wakes up believing. */
async function pauseServer(context: FaultContext): Promise<void> {
  const { server } = runningMember(context);
  server?.process.kill('SIGSTOP');
  await sleep(between(context.random, 500, 8_000));
  server?.process.kill('SIGCONT');
}

/** The link between one server and PostgreSQL carries nothing and says nothing. */
async function cutLink(context: FaultContext): Promise<void> {
  const { link } = runningMember(context);
  link.cut();
  await sleep(between(context.random, 500, 6_000));
  link.heal();
}

/** Connections end under their users: locks, listener, pool alike. */
async function endConnections({ fleet, random }: FaultContext): Promise<void> {
  await fleet.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name like 'headspace%' and random() < $1`,
    [0.2 + random() * 0.8],
  );
}

/** PostgreSQL dies without a checkpoint and recovers. */
async function crashDatabase({ fleet, random }: FaultContext): Promise<void> {
  if (random() < 0.5) await fleet.postgres.kill9();
  else await fleet.postgres.stop('immediate');
  await sleep(between(random, 0, 1_000));
  await fleet.postgres.restart();
}

/** A transaction somewhere in the cluster stays open and holds back what depends on its end. */
async function leaveTransactionOpen({ fleet, random }: FaultContext): Promise<void> {
  const client = await fleet.pool.connect();
  try {
    await client.query('begin');
    await client.query('select txid_current()');
    await sleep(between(random, 500, 3_000));
  } finally {
    // With an error of the connection it is thrown away.
    await client.query('rollback').then(
      () => client.release(),
      () => client.release(true),
    );
  }
}

export const FAULTS: Readonly<Record<string, Fault>> = {
  'server killed': killServer,
  'server stopped': stopServer,
  'server paused': pauseServer,
  'link cut': cutLink,
  'connections ended': endConnections,
  'database crashed': crashDatabase,
  'transaction left open': leaveTransactionOpen,
};
