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
  /** Runs the command line as this user. */
  headspace(...args: string[]): Promise<CommandResult>;
}

/** A world whose server runs in this process, with the race sanitizer on. */
export async function openWorld(
  install: ClaudeInstall,
  { trusted = true }: { readonly trusted?: boolean } = {},
): Promise<ClaudeWorld> {
  await using stack = new AsyncDisposableStack();
  const ground = await layGround(stack, install, trusted);
  const server = stack.use(await startTestServer(ground.serverOptions));
  return await finish(stack, ground, () => server);
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
  const settings = { 'server.port': Number(new URL(server.url).port) };
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
    headspace,
    board: createBoard(address),
    desk: createDesk(address),
    [Symbol.asyncDispose]: async () => owned.disposeAsync(),
  };
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
