/**
 * PostgreSQL refuses to run as root. When we are root, its files and processes belong to the
 * account `postgres`, which is created if the machine has none.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { StartError } from '../start-error.ts';

const run = promisify(execFile);

export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

const ACCOUNT_NAME = 'postgres';

/**
 * The account that PostgreSQL must run as, or undefined where our own will do (not root).
 * Throws StartError `account_unavailable` when root has no such account and cannot create it.
 */
export async function serviceAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const existing = await lookUp();
  if (existing !== undefined) return existing;
  await create();
  const created = await lookUp();
  if (created !== undefined) return created;
  throw new StartError(
    'account_unavailable',
    `PostgreSQL cannot run as root and the account "${ACCOUNT_NAME}" could not be created`,
    `create a system account named "${ACCOUNT_NAME}", start Headspace as a normal user, or set DATABASE_URL`,
  );
}

/** True when a process of this account can enter the folder and read what is open to it there. */
export async function canEnter(folder: string, account: Account | undefined): Promise<boolean> {
  if (account === undefined) return true;
  // A real process of that account asks the kernel, so ACLs and mount options count too.
  return await succeeds('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], account);
}

/** True when the command exits 0 as this account. */
export async function succeeds(
  file: string,
  args: readonly string[],
  account: Account | undefined,
): Promise<boolean> {
  try {
    await run(file, args, { ...asAccount(account), cwd: '/' });
    return true;
  } catch {
    return false;
  }
}

/** The spawn options which make a child process run as this account. */
export function asAccount(account: Account | undefined): { uid?: number; gid?: number } {
  return account === undefined ? {} : { uid: account.uid, gid: account.gid };
}

async function lookUp(): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([
      run('id', ['-u', ACCOUNT_NAME]),
      run('id', ['-g', ACCOUNT_NAME]),
    ]);
    return { name: ACCOUNT_NAME, uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

/** Tries the two families of tools: shadow (most distributions) and BusyBox (Alpine). */
async function create(): Promise<void> {
  const attempts: readonly (readonly [string, readonly string[]])[] = [
    ['useradd', ['--system', '--user-group', '--no-create-home', ACCOUNT_NAME]],
    ['adduser', ['-S', '-D', '-H', ACCOUNT_NAME]],
  ];
  for (const [file, args] of attempts) {
    if (await succeeds(file, args, undefined)) return;
  }
}
