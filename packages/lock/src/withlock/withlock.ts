/** `withlock NAME -- command`: run a command under a lock. See USAGE. */
import { createAdvisoryLocks } from '../advisory-locks.ts';
import type { AdvisoryLocks, WaitOptions } from '../api.ts';
import { AdvisoryLockError, messageOf } from '../errors.ts';
import { keyPresets } from '../names/key-presets.ts';
import type { LockHandle } from '../queue/held-lock.ts';
import { parseWithlock, USAGE, type WithlockArguments } from './arguments.ts';
import { runChild } from './child.ts';

/** Exit codes, those of sysexits.h where it has one. */
const EXIT = { usage: 64, unavailable: 69, lost: 70, busy: 75 } as const;

/** Resolves with the exit code. */
export async function withlock(argv: readonly string[]): Promise<number> {
  let options: WithlockArguments | 'help';
  try {
    options = parseWithlock(argv);
  } catch (error) {
    console.error(`withlock: ${messageOf(error)}. withlock --help tells more.`);
    return EXIT.usage;
  }
  if (options === 'help') {
    console.log(USAGE);
    return 0;
  }
  const connectionString = options.database ?? process.env['DATABASE_URL'];
  await using locks = createAdvisoryLocks({
    ...(connectionString === undefined ? { connection: {} } : { connectionString }),
    applicationName: 'withlock',
    sessions: 1,
  });
  try {
    const lock = await take(locks, options);
    return lock === null ? busy(options.name) : await runUnder(lock, options);
  } catch (error) {
    return exitCodeOf(error);
  }
}

async function take(
  locks: AdvisoryLocks,
  { name, slots, shared, compat, skip, timeoutMs }: WithlockArguments,
): Promise<LockHandle | null> {
  const options: WaitOptions = { timeoutMs, purpose: `withlock ${name}` };
  if (slots !== null) {
    const semaphore = locks.semaphore(name, slots);
    return skip ? await semaphore.tryAcquire(options) : await semaphore.acquire(options);
  }
  const key = compat ? keyPresets.advisoryLockPackage(name) : locks.keyFor(name);
  const wanted = { ...options, shared };
  return skip ? await locks.tryAcquire(key, wanted) : await locks.acquire(key, wanted);
}

async function runUnder(lock: LockHandle, options: WithlockArguments): Promise<number> {
  const { command, commandArguments, graceMs, name } = options;
  const environment = { LOCK_NAME: name, LOCK_TOKEN: String(lock.token) };
  const child = runChild(command, commandArguments, environment, graceMs);
  lock.signal.addEventListener('abort', () => {
    console.error(`withlock: ${messageOf(lock.signal.reason)}; the command is ended`);
    child.terminate();
  });
  const code = await child.exited;
  if (lock.signal.aborted) return EXIT.lost;
  await lock.release();
  return code;
}

function busy(name: string): number {
  console.error(`withlock: lock ${name} is taken`);
  return EXIT.busy;
}

function exitCodeOf(error: unknown): number {
  console.error(`withlock: ${messageOf(error)}`);
  if (!(error instanceof AdvisoryLockError)) return error instanceof RangeError ? EXIT.usage : 1;
  if (error.code === 'timeout') return EXIT.busy;
  return error.code === 'lost' ? EXIT.lost : EXIT.unavailable;
}
