/** Real servers for tests: in this process, or as a process that can be killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentName, type SettingName, type Settings } from '@headspace/contract';
import { ensureHome, homePaths, loadSettings, readLine, type HomePaths } from '@headspace/home';
import { startServer, type Context, type ContextOverrides } from '@headspace/server';

export interface TestServerOptions {
  /** Address of a migrated or empty database. */
  readonly database: { readonly url: string };
  readonly settings?: Partial<Settings>;
  /** HEADSPACE_HOME; a new folder that goes with the server unless given. */
  readonly home?: string;
  /** Claude Code's configuration folder; one inside the home unless given. */
  readonly claudeFolder?: string;
}

interface ServerAddress {
  /** Without a slash at the end. */
  readonly url: string;
  readonly hookToken: string;
  readonly operatorToken: string;
  readonly paths: HomePaths;
}

export interface TestServer extends ServerAddress, AsyncDisposable {
  readonly context: Context;
  stop(): Promise<void>;
}

/** Few connections, since many tests share one PostgreSQL. */
const TEST_SETTINGS = {
  'server.port': 0,
  'database.poolSize': 4,
  'database.maxOverflow': 6,
  'log.level': 'silent',
} as const satisfies Partial<Settings>;

/** Starts a server in this process on a free port. */
export async function startTestServer(
  options: TestServerOptions & { readonly overrides?: ContextOverrides },
): Promise<TestServer> {
  const folder = await homeFolder(options.home);
  const settings: Settings = {
    ...loadSettings({ env: {} }),
    ...TEST_SETTINGS,
    'database.url': options.database.url,
    ...options.settings,
  };
  try {
    const server = await startServer({
      settings,
      paths: folder.paths,
      claudeFolder: options.claudeFolder ?? path.join(folder.paths.home, 'claude'),
      ...(options.overrides === undefined ? {} : { overrides: options.overrides }),
    });
    const stop = async (): Promise<void> => {
      await server.stop();
      await folder.remove();
    };
    return {
      ...addressOf(server.url, folder.paths),
      context: server.context,
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

export interface SpawnedServer extends ServerAddress, AsyncDisposable {
  readonly process: ChildProcess;
  /** What it wrote to standard output and standard error so far. */
  output(): string;
  /** Sends a signal and resolves with exit code or signal once it is gone. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

const MAIN = fileURLToPath(new URL('../../server/src/main.ts', import.meta.url));

/** Starts a server as a process of its own, on a free port, and waits until it answers. */
export async function spawnServer(options: TestServerOptions): Promise<SpawnedServer> {
  const folder = await homeFolder(options.home);
  ensureHome(folder.paths);
  const settings: Partial<Settings> = {
    ...TEST_SETTINGS,
    'database.url': options.database.url,
    'claude.configDir': options.claudeFolder ?? path.join(folder.paths.home, 'claude'),
    ...options.settings,
  };
  const { child, output, exited } = spawnMain(folder.paths.home, settings);
  const url = await Promise.race([
    announcedUrl(child, output),
    exited.then((code) => {
      throw new Error(`the server ended with ${String(code)}: ${output()}`);
    }),
  ]);
  const end = async (signal: NodeJS.Signals): Promise<number | NodeJS.Signals> => {
    child.kill(signal);
    return exited;
  };
  return {
    ...addressOf(url, folder.paths),
    process: child,
    output,
    end,
    async [Symbol.asyncDispose]() {
      await end('SIGKILL');
      await folder.remove();
    },
  };
}

/** The server process with these settings and nothing else from our environment. */
export function spawnMain(
  home: string,
  settings: Partial<Settings>,
): { child: ChildProcess; output: () => string; exited: Promise<number | NodeJS.Signals> } {
  const env: NodeJS.ProcessEnv = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    HEADSPACE_HOME: home,
  };
  for (const [name, value] of Object.entries(settings)) {
    if (value !== undefined) env[environmentName(name as SettingName)] = String(value);
  }
  const child = spawn(process.execPath, [MAIN], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  }
  const exited = once(child, 'close').then(
    ([code, signal]) => (code ?? signal) as number | NodeJS.Signals,
  );
  return { child, output: () => text, exited };
}

async function announcedUrl(child: ChildProcess, output: () => string): Promise<string> {
  for (;;) {
    const url = /running at (http:\S+)/.exec(output())?.[1];
    if (url !== undefined) return url;
    if (child.stdout !== null) await once(child.stdout, 'data');
  }
}

function addressOf(url: string, paths: HomePaths): ServerAddress {
  return {
    url,
    paths,
    hookToken: readLine(paths.hookToken) ?? '',
    operatorToken: readLine(paths.operatorToken) ?? '',
  };
}

async function homeFolder(
  given: string | undefined,
): Promise<{ paths: HomePaths; remove: () => Promise<void> }> {
  const home = given ?? (await mkdtemp(path.join(tmpdir(), 'headspace-home-')));
  return {
    paths: homePaths({ HEADSPACE_HOME: home }),
    remove: () =>
      given === undefined ? rm(home, { recursive: true, force: true }) : Promise.resolve(),
  };
}
