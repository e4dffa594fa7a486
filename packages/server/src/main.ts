/**
 * The server process: settings from flags, environment and file; signals; exit codes. The only
 * place of the server that reads the environment or writes to the terminal.
 *
 *   node src/main.ts [--server-port 5055] [--log-level debug] …
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SETTING_NAMES, type SettingName, type Settings } from '@headspace/contract';
import {
  flagName,
  homePaths,
  loadSettings,
  SettingsError,
  userHome,
  type HomePaths,
  type SettingsSources,
} from '@headspace/home';
import { hasCode } from './platform/error-code.ts';
import { StartError } from './platform/database/index.ts';
import { startServer, type RunningServer } from './server.ts';

/** What is still in flight after this long is given up. */
const STOP_TIMEOUT_MS = 15_000;

await main().catch((error: unknown) => {
  process.stderr.write(`headspace: ${sentenceOf(error)}\n`);
  process.exit(1);
});

async function main(): Promise<void> {
  const paths = homePaths(process.env);
  const { settings, sources } = readSettings(paths, process.argv.slice(2));
  // A start that is broken off ends in order too: what it has started is stopped again.
  let signalled = false;
  const onEarly = (): void => {
    if (signalled) process.exit(130);
    signalled = true;
  };
  process.on('SIGINT', onEarly).on('SIGTERM', onEarly);
  const claudeFolder = join(userHome(process.env), '.claude');
  const server = await startServer({ settings, sources, paths, claudeFolder });
  process.off('SIGINT', onEarly).off('SIGTERM', onEarly);
  stopOnSignals(server);
  if (signalled) return void process.kill(process.pid, 'SIGTERM');
  const login = `${server.url}/#token=${encodeURIComponent(server.context.tokens.operator)}`;
  process.stdout.write(`Headspace is running at ${server.url}\nOpen the dashboard: ${login}\n`);
}

/** Throws StartError `settings_invalid`, with everything that is wrong in one sentence. */
function readSettings(
  paths: HomePaths,
  args: string[],
): { settings: Settings; sources: Omit<SettingsSources, 'file'> } {
  try {
    const text = readOptional(paths.configFile);
    const file = text === undefined ? undefined : { path: paths.configFile, text };
    const sources = { env: process.env, flags: readFlags(args) };
    return { settings: loadSettings({ ...sources, file }), sources };
  } catch (cause) {
    const isUsage = hasCode(
      cause,
      'ERR_PARSE_ARGS_UNKNOWN_OPTION',
      'ERR_PARSE_ARGS_INVALID_OPTION_VALUE',
      'ERR_PARSE_ARGS_UNEXPECTED_POSITIONAL',
    );
    if (!(cause instanceof SettingsError) && !isUsage) throw cause;
    const message = cause instanceof Error ? cause.message.replaceAll('\n', '; ') : String(cause);
    throw new StartError('settings_invalid', message, 'correct it and start again', { cause });
  }
}

function readFlags(args: string[]): Partial<Record<SettingName, string>> {
  const options = Object.fromEntries(
    SETTING_NAMES.map((name) => [flagName(name).slice(2), { type: 'string' as const }]),
  );
  const { values } = parseArgs({ args, options, strict: true, allowPositionals: false });
  const flags: Partial<Record<SettingName, string>> = {};
  for (const name of SETTING_NAMES) {
    const value = values[flagName(name).slice(2)];
    if (typeof value === 'string') flags[name] = value;
  }
  return flags;
}

/** Undefined where there is no such file, also because the home is no folder: that is told later. */
function readOptional(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (hasCode(cause, 'ENOENT', 'ENOTDIR')) return undefined;
    throw new StartError(
      'settings_invalid',
      `${file} cannot be read (${cause instanceof Error ? cause.message : String(cause)})`,
      'change its owner or mode',
      { cause },
    );
  }
}

/** The first signal stops in order, the second at once. */
function stopOnSignals(server: RunningServer): void {
  let stopping = false;
  const onSignal = (): void => {
    if (stopping) process.exit(130);
    stopping = true;
    const { logger } = server.context;
    setTimeout(() => {
      logger.error('the server did not stop in time; giving up what is in flight');
      process.exit(1);
    }, STOP_TIMEOUT_MS).unref();
    server.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'the server did not stop cleanly');
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
}

function sentenceOf(error: unknown): string {
  if (error instanceof StartError) return error.sentence;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
