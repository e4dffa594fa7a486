/**
 * The folder that holds everything of one person's Headspace on one machine (`HEADSPACE_HOME`,
 * `~/.headspace` unless set): tokens, host id, spool, the installed hook script. Closed to others.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

export interface HomePaths {
  /** The folder itself. */
  readonly home: string;
  readonly configFile: string;
  /** Token that hooks send. */
  readonly hookToken: string;
  /** Token of the API, for the command line and the dashboard. */
  readonly operatorToken: string;
  /** Id of this machine and user, a UUID made once. */
  readonly hostId: string;
  /** Address of the server, one line, for the hook script. */
  readonly hookUrl: string;
  /** The hook token as a header line, for curl. The script makes it again from a newer token. */
  readonly hookAuth: string;
  readonly hookScript: string;
  readonly statusLineScript: string;
  /** The users' own status line commands, and what the status line script has under way. */
  readonly statusLine: string;
  readonly spool: string;
  readonly spoolTmp: string;
  /** Events that the server refused for good; a person decides. */
  readonly spoolRejected: string;
  /** What settings files were before the hooks were installed. */
  readonly installs: string;
}

type Env = Readonly<Record<string, string | undefined>>;

/** Where Headspace's files are, from `HEADSPACE_HOME`, else `.headspace` in the user's home. */
export function homePaths(env: Env): HomePaths {
  const set = env['HEADSPACE_HOME'];
  const home = set ? resolve(set) : join(userHome(env), '.headspace');
  const at = (...parts: string[]): string => join(home, ...parts);
  return {
    home,
    configFile: at('config.yaml'),
    hookToken: at('hook-token'),
    operatorToken: at('operator-token'),
    hostId: at('host-id'),
    hookUrl: at('hook-url'),
    hookAuth: at('hook-auth'),
    hookScript: at('bin', 'headspace-hook'),
    statusLineScript: at('bin', 'headspace-statusline'),
    statusLine: at('statusline'),
    spool: at('spool'),
    spoolTmp: at('spool', 'tmp'),
    spoolRejected: at('spool', 'rejected'),
    installs: at('installs'),
  };
}

/** The user's home folder: `$HOME` where it is an absolute path, else what the system says. */
export function userHome(env: Env): string {
  const home = env['HOME'];
  return home && isAbsolute(home) ? home : homedir();
}

/**
 * Makes the folder and what must always be in it: both tokens, the host id, the spool. Keeps what
 * is there. Safe when several processes do it at once. Throws what the file system says.
 */
export function ensureHome(paths: HomePaths): void {
  // As root the embedded PostgreSQL runs as another account and passes through to its data.
  mkdirSync(paths.home, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 });
  const { spool, spoolTmp, spoolRejected, installs, statusLine } = paths;
  for (const folder of [spool, spoolTmp, spoolRejected, installs, statusLine]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  // mkdir leaves the mode of a folder that exists. Nobody else may list or change this one; a way
  // through it stays open if it was, because a database inside may need it.
  chmodSync(paths.home, statSync(paths.home).mode & 0o711);
  chmodSync(spool, 0o700);
  chmodSync(statusLine, 0o700);
  ensureLine(paths.hookToken, () => randomBytes(32).toString('base64url'));
  ensureLine(paths.operatorToken, () => randomBytes(32).toString('base64url'));
  ensureLine(paths.hostId, randomUUID);
  const auth = `authorization: Bearer ${readLine(paths.hookToken) ?? ''}\n`;
  if (readOrUndefined(paths.hookAuth) !== auth) writeFileAtomic(paths.hookAuth, auth, 0o600);
}

/** First line of a small file without surrounding blanks; undefined if missing or empty. */
export function readLine(path: string): string | undefined {
  return readOrUndefined(path)?.split('\n', 1)[0]?.trim() || undefined;
}

/** Replaces a file in one step, so that a reader sees the old or the new content, never a part. */
export function writeFileAtomic(path: string, content: string, mode: number): void {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(temporary, content, { mode, flush: true });
    // The umask may have taken bits away.
    chmodSync(temporary, mode);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** True if users other than the owner may read the file. */
export function isOpenToOthers(path: string): boolean {
  return (statSync(path).mode & 0o077) !== 0;
}

/** Writes a one-line secret unless there is one. `link` makes the first of several writers win. */
function ensureLine(path: string, make: () => string): void {
  if (readLine(path) === undefined) {
    const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
    writeFileSync(temporary, `${make()}\n`, { mode: 0o600, flush: true });
    try {
      if (readOrUndefined(path) === undefined) linkSync(temporary, path);
      else renameSync(temporary, path);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
  }
  if (isOpenToOthers(path)) chmodSync(path, 0o600);
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}

/** Tells the hook script where the server is. */
export function writeHookUrl(paths: HomePaths, url: string): void {
  if (readLine(paths.hookUrl) !== url) writeFileAtomic(paths.hookUrl, `${url}\n`, 0o600);
}
