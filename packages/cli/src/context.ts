/** What every command works with. Made once in bin.ts, or by a test with its own streams. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings, SettingName } from '@headspace/contract';
import type { ExitCode } from './errors.ts';
import {
  type HomePaths,
  homePaths,
  isNotFound,
  loadSettings,
  readLine,
  userHome,
} from '@headspace/home';

interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

export interface CliContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Ends commands that go on, such as `--watch`. */
  readonly signal: AbortSignal;
  /** Set by a command that failed without an error to show. */
  readonly outcome: { exitCode: ExitCode };
}

export type SettingFlags = Partial<Record<SettingName, string>>;

export interface Site {
  readonly paths: HomePaths;
  readonly settings: Settings;
  /** Address of the server without a slash at the end. */
  readonly serverUrl: string;
  /** Claude Code's configuration folder. */
  readonly claudeDir: string;
}

/** Home, settings and addresses of this person's Headspace. Throws SettingsError. */
export function siteOf(context: CliContext, flags: SettingFlags): Site {
  const paths = homePaths(context.env);
  const text = readConfig(paths.configFile);
  const file = text === undefined ? undefined : { path: paths.configFile, text };
  const settings = loadSettings({ env: context.env, flags, file });
  const claudeDir = settings['claude.configDir'] ?? join(userHome(context.env), '.claude');
  return { paths, settings, serverUrl: serverUrl(settings, paths), claudeDir };
}

/** Where the server is called from this machine. */
function serverUrl(settings: Settings, paths: HomePaths): string {
  const host = settings['server.host'];
  const port = settings['server.port'];
  // A server on any free port writes its address beside the tokens.
  if (port === 0) return readLine(paths.hookUrl) ?? 'http://127.0.0.1:0';
  const isAny = ['0.0.0.0', '::', ''].includes(host);
  const name = isAny ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

function readConfig(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
