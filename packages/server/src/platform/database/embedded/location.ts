/**
 * Where the embedded database lives: in HEADSPACE_HOME, except where PostgreSQL's account cannot
 * enter that folder (root with a home of mode 0700); then in the system's state folder.
 */
import { createHash } from 'node:crypto';
import { access, chmod, constants, mkdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { StartError } from '../start-error.ts';
import { canEnter, serviceAccount, type Account } from './account.ts';

export interface EmbeddedLocation {
  /** Holds `data`, the credentials, the port and the start log. Absent before the first start. */
  readonly folder: string;
  readonly dataDir: string;
  /** Why it is not in HEADSPACE_HOME, as a sentence; undefined where it is. */
  readonly reason: string | undefined;
}

/** FHS: variable state of programs. */
const SYSTEM_STATE_FOLDER = '/var/lib/headspace';

/**
 * Makes HEADSPACE_HOME if it is missing and returns its real path. Secrets in it need modes of
 * their own (see `makeFolder`). Throws StartError `home_not_writable`.
 */
export async function prepareHome(home: string): Promise<string> {
  try {
    await makeFolder(home);
    await access(home, constants.W_OK | constants.X_OK);
    return await realpath(home);
  } catch (cause) {
    throw new StartError(
      'home_not_writable',
      `the folder ${home} cannot be written (${cause instanceof Error ? cause.message : String(cause)})`,
      'change its owner or mode, or choose another folder with HEADSPACE_HOME',
      { cause },
    );
  }
}

/**
 * Makes a folder and those above it. As root others may pass through the new ones, whatever our
 * umask is, so that PostgreSQL's account reaches what is its own; else they are ours alone.
 */
export async function makeFolder(folder: string): Promise<void> {
  const mode = process.getuid?.() === 0 ? 0o711 : 0o700;
  const first = await mkdir(folder, { recursive: true, mode });
  if (first === undefined) return;
  for (let made = path.resolve(folder); made.length >= first.length; made = path.dirname(made)) {
    await chmod(made, mode);
  }
}

/**
 * Where the embedded database of this home is or will be. Data that exists decides: a home whose
 * mode changed must not lead to a second, empty database. For `headspace doctor` and the start.
 * Throws StartError `home_not_writable` where existing data is closed to PostgreSQL's account.
 */
export async function embeddedLocation(
  home: string,
  options: { stateFolder?: string | undefined; account?: Account | undefined } = {},
): Promise<EmbeddedLocation> {
  const account = 'account' in options ? options.account : await serviceAccount();
  const inHome = path.join(home, 'postgres');
  const inState = path.join(options.stateFolder ?? SYSTEM_STATE_FOLDER, homeKey(home), 'postgres');
  const homeIsOpen = await canEnter(home, account);
  const accountName = account?.name ?? 'our account';
  const elsewhere = {
    folder: inState,
    dataDir: path.join(inState, 'data'),
    reason: `${home} is closed to the account ${accountName}, which PostgreSQL runs as`,
  };
  if (await isThere(path.join(inHome, 'data'))) {
    if (homeIsOpen)
      return { folder: inHome, dataDir: path.join(inHome, 'data'), reason: undefined };
    throw new StartError(
      'home_not_writable',
      `the database in ${inHome} cannot be used because ${elsewhere.reason}`,
      `open the way to it (chmod o+x ${home} and the folders above)`,
    );
  }
  if (account !== undefined && (!homeIsOpen || (await isThere(elsewhere.dataDir))))
    return elsewhere;
  return { folder: inHome, dataDir: path.join(inHome, 'data'), reason: undefined };
}

/** One folder for each home: a readable part and a part that tells equal names apart. */
function homeKey(home: string): string {
  const name = home.replaceAll(/[^A-Za-z0-9]+/g, '-').replaceAll(/^-|-$/g, '');
  return `${name.slice(-40)}-${createHash('sha256').update(home).digest('hex').slice(0, 8)}`;
}

async function isThere(file: string): Promise<boolean> {
  return await stat(file).then(
    () => true,
    () => false,
  );
}
