/**
 * One user's machine: Claude Code in tmux, Headspace's hooks installed by its own command line, a
 * server on a database of its own. All in default settings, save the port and where things lie.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { createTestDatabase, installRaceSanitizer, type TestDatabase } from '@headspace/testkit';
import {
  createClaude,
  createModelStub,
  type Claude,
  type ClaudeInstall,
  type ModelStub,
} from '@headspace/testkit/claude';
import {
  spawnServer,
  startTestServer,
  type SpawnedServer,
  type TestServerOptions,
} from '@headspace/testkit/server';
import pg from 'pg';
import { systemClock } from '../../src/platform/clock.ts';
import type { IntervalService } from '../../src/services/runner/index.ts';
import { createBoard, type Board, type BoardAddress } from './board.ts';
import { createDesk, type PromptDesk } from './prompt-desk.ts';

const HEADSPACE = fileURLToPath(new URL('../../../cli/bin/headspace.mjs', import.meta.url));

export interface CommandResult {
  readonly code: number;
  readonly output: string;
}

export interface ClaudeWorld extends AsyncDisposable {
  readonly model: ModelStub;
  readonly claude: Claude;
  readonly board: Board;
  readonly desk: PromptDesk;
  /** Of its server, at present. */
  address(): BoardAddress;
  /** Runs the command line as this user. */
  headspace(...args: string[]): Promise<CommandResult>;
}

/** A world whose server runs in this process, with the race sanitizer on. */
export async function openWorld(
  install: ClaudeInstall,
  { trusted = true, settings = {} }: WorldOptions = {},
): Promise<ServedWorld> {
  await using stack = new AsyncDisposableStack();
  const ground = await layGround(stack, install, trusted);
  let offsetMs = 0;
  const clock = { ...systemClock, now: () => Date.now() + offsetMs };
  const options = {
    ...ground.serverOptions,
    settings: { ...ground.serverOptions.settings, ...settings },
    overrides: { clock },
  };
  const server = stack.use(await startTestServer(options));
  const world = await finish(stack, ground, () => server);
  return {
    ...world,
    pass: (ms) => {
      offsetMs += ms;
    },
    async tick(name) {
      const service = server.context.services.find((each) => each.name === name);
      if (service === undefined || !('tick' in service)) throw new Error(`no service ${name}`);
      await (service as IntervalService).tick();
    },
  };
}

export interface WorldOptions {
  readonly trusted?: boolean;
  readonly settings?: NonNullable<TestServerOptions['settings']>;
}

export interface ServedWorld extends ClaudeWorld {
  /** Moves the server's clock on; Claude Code's stays. */
  pass(ms: number): void;
  /** One round of a background service now. */
  tick(service: string): Promise<void>;
}

export interface FallibleWorld extends ClaudeWorld {
  /** The present server process. */
  readonly server: SpawnedServer;
  /** SIGKILL to the server. */
  killServer(): Promise<void>;
  /** Starts it again on the same port and database. */
  restartServer(): Promise<void>;
}

/** A world whose server is a process of its own, to be killed and started again. */
export async function openFallibleWorld(install: ClaudeInstall): Promise<FallibleWorld> {
  await using stack = new AsyncDisposableStack();
  const ground = await layGround(stack, install, true);
  let server = await spawnServer(ground.serverOptions);
  stack.defer(async () => server[Symbol.asyncDispose]());
  const port = Number(new URL(server.url).port);
  const settings = { ...ground.serverOptions.settings, 'server.port': port };
  const world = await finish(stack, ground, () => server);
  return {
    ...world,
    get server() {
      return server;
    },
    async killServer() {
      await server.end('SIGKILL');
    },
    async restartServer() {
      server = await spawnServer({ ...ground.serverOptions, settings });
    },
  };
}

/**
 * Worlds at a time per test process. Each is a server, a CLI and a tmux; with more of them hooks wait
 * longer for an answer than the hook script does.
 */
const PLACES = 3;
let taken = 0;
const waiting: (() => void)[] = [];

async function takePlace(stack: AsyncDisposableStack): Promise<void> {
  if (taken >= PLACES) await new Promise<void>((resolve) => waiting.push(resolve));
  else taken += 1;
  stack.defer(() => {
    const next = waiting.shift();
    if (next === undefined) taken -= 1;
    else next();
  });
}

interface Ground {
  readonly model: ModelStub;
  readonly claude: Claude;
  readonly serverOptions: TestServerOptions;
}

async function layGround(
  stack: AsyncDisposableStack,
  install: ClaudeInstall,
  trusted: boolean,
): Promise<Ground> {
  if (!install.ok) throw new Error(install.reason);
  await takePlace(stack);
  const database = stack.use(await createTestDatabase());
  await guard(database);
  const model = stack.use(await createModelStub());
  const claude = stack.use(
    await createClaude({ binary: install.binary, modelUrl: model.url, trusted }),
  );
  const serverOptions = {
    database,
    home: join(claude.home, '.headspace'),
    claudeFolder: join(claude.home, '.claude'),
    settings: {
      'launches.program': install.binary,
      'launches.tmuxSocket': claude.tmux.socketPath,
    },
  };
  return { model, claude, serverOptions };
}

async function guard(database: TestDatabase): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await installRaceSanitizer(client);
  } finally {
    await client.end();
  }
}

/** Hooks come last, as a user installs them: the server is there and its port known. */
async function finish(
  stack: AsyncDisposableStack,
  { model, claude }: Ground,
  address: () => BoardAddress,
): Promise<ClaudeWorld> {
  const env = { ...claude.env, HEADSPACE_SERVER_PORT: new URL(address().url).port };
  const headspace = async (...args: string[]): Promise<CommandResult> => runHeadspace(env, args);
  const installed = await headspace('hooks', 'install', '--yes');
  if (installed.code !== 0) throw new Error(`hooks install failed: ${installed.output}`);
  const owned = stack.move();
  return {
    model,
    claude,
    address,
    headspace,
    board: createBoard(address),
    desk: createDesk(address, async () => screensOf(claude)),
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  };
}

/** All panes, with the place of the cursor, which tells what a key would do. */
async function screensOf({ tmux }: Claude): Promise<string> {
  const format = '#{pane_id} #{cursor_x},#{cursor_y} #{pane_title}';
  const panes = (await tmux.run('list-panes', '-a', '-F', format)).trim().split('\n');
  const screens = panes.map(async (pane) => {
    const [id = ''] = pane.split(' ');
    return `${pane}\n${(await tmux.run('capture-pane', '-p', '-t', id)).trimEnd()}`;
  });
  return (await Promise.all(screens)).join('\n');
}

async function runHeadspace(
  env: Readonly<Record<string, string>>,
  args: readonly string[],
): Promise<CommandResult> {
  return new Promise((resolve) => {
    execFile(process.execPath, [HEADSPACE, ...args], { env }, (error, stdout, stderr) =>
      resolve({
        code: error === null ? 0 : Number(error.code ?? 1),
        output: stdout + stderr,
      }),
    );
  });
}
