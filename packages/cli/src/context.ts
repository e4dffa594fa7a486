/** What every command works with. Made once in bin.ts, or by a test with its own streams. */
import { join } from 'node:path';
import type { ConfigProblem, Settings, SettingName } from '@headspace/contract';
import type { ExitCode } from './errors.ts';
import {
  type HomePaths,
  homePaths,
  decodeLoosely,
  loadSettings,
  readConfigText,
  readLine,
  resolveSettings,
  SettingsError,
  settingsOf,
  type SettingsSources,
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
  const { site, problems } = siteDespiteFile(context, flags);
  if (problems.length > 0) throw new SettingsError(problems);
  return site;
}

export interface SiteDespiteFile {
  readonly site: Site;
  /** What is wrong in `config.yaml`; then the site is made without it. */
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
}

/**
 * The same for commands that have to work while `config.yaml` has mistakes. A server that runs has
 * left its address. Throws SettingsError for flags and environment.
 */
export function siteDespiteFile(context: CliContext, flags: SettingFlags): SiteDespiteFile {
  const { env } = context;
  const paths = homePaths(env);
  const { rows, problems, warnings } = resolveSettings({ env, flags, file: configFile(paths) });
  const isGood = problems.length === 0;
  const settings = isGood ? settingsOf({ rows }) : loadSettings({ env, flags });
  const claudeDir = settings['claude.configDir'] ?? join(userHome(env), '.claude');
  const left = isGood ? undefined : readLine(paths.hookUrl);
  const site = { paths, settings, serverUrl: left ?? serverUrl(settings, paths), claudeDir };
  return { site, problems, warnings };
}

/** `config.yaml` as the settings take it; undefined where there is none. */
export function configFile({ configFile: path }: HomePaths): SettingsSources['file'] {
  const text = readConfigText(path);
  return text.bytes && { path, text: decodeLoosely(text) };
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
