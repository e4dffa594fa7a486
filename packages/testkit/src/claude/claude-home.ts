/**
 * A HOME of its own for the real CLI: no account, no network, no dialogs, a model stub in place of the API.
 * Nothing outside its temporary folder is read or written, and whatever was started in it is ended with it.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { killProcess } from '../process-alive.ts';
import { createTmux, type Tmux, type TmuxPane } from '../tmux.ts';
import { startSession, type ClaudeSession, type StartOptions } from './session.ts';

const fakeApiKey = 'sk-ant-api03-stub-key-for-tests-0000000000';

export interface ClaudeOptions {
  /** The program, from `installClaude`. */
  readonly binary: string;
  /** Address of the model stub. */
  readonly modelUrl: string;
  /** Content of `~/.claude/settings.json`, such as `{ hooks: { … } }`. */
  readonly settings?: object;
  /** False leaves the trust dialog in place; default true. */
  readonly trusted?: boolean;
  /** More environment for every session. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface PrintOptions {
  readonly args?: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds; default 30,000. */
  readonly timeoutMs?: number;
}

export interface PrintResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

export interface Claude extends AsyncDisposable {
  readonly home: string;
  /** The trusted working directory of its sessions. */
  readonly projectFolder: string;
  /** `~/.claude/sessions`, where each live session keeps `<pid>.json`. */
  readonly sessionsFolder: string;
  /** Everything a process needs to be this user's `claude`. */
  readonly env: Readonly<Record<string, string>>;
  readonly tmux: Tmux;
  /** A pane with a shell, for sessions that follow each other in one place. */
  openPane(): Promise<TmuxPane>;
  /** Starts the CLI in a pane (a new one if none is given) and waits until it is ready for a prompt. */
  start(options?: StartOptions): Promise<ClaudeSession>;
  /** `claude -p`, outside tmux. */
  runPrint(prompt: string, options?: PrintOptions): Promise<PrintResult>;
  /** Replaces `~/.claude/settings.json`; running sessions take it over within 3 s. */
  writeSettings(settings: object): Promise<void>;
}

/** Prepares HOME, project folder and tmux server. Disposing ends every session and removes the folder. */
export async function createClaude(options: ClaudeOptions): Promise<Claude> {
  const { binary, modelUrl, settings = {}, trusted = true } = options;
  const root = await realpath(await mkdtemp(join(tmpdir(), 'headspace-claude-')));
  const [home, projectFolder, bin] = ['home', 'acme-shop', 'bin'].map((name) =>
    join(root, name),
  ) as [string, string, string];
  const settingsFile = join(home, '.claude', 'settings.json');
  await Promise.all(
    [projectFolder, bin, join(home, '.claude')].map(async (folder) =>
      mkdir(folder, { recursive: true }),
    ),
  );
  await symlink(binary, join(bin, 'claude'));
  await writeFile(join(home, '.claude.json'), JSON.stringify(userConfig(projectFolder, trusted)));
  await writeFile(settingsFile, JSON.stringify(settings, null, 2));
  const env = {
    PATH: `${bin}${delimiter}${process.env['PATH'] ?? '/usr/bin:/bin'}`,
    HOME: home,
    TERM: 'xterm-256color',
    LANG: 'C.UTF-8',
    ANTHROPIC_BASE_URL: modelUrl,
    ANTHROPIC_API_KEY: fakeApiKey,
    DISABLE_AUTOUPDATER: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    CLAUDE_CODE_MAX_RETRIES: '2', // ten by default, over minutes
    IS_SANDBOX: '1', // without it the CLI refuses bypassPermissions to root
    ...options.env,
  };
  const tmux = await createTmux();
  await knowEnvironment(tmux, env);
  const sessions = new Set<ClaudeSession>();
  const openPane = async (): Promise<TmuxPane> => tmux.openPane({ cwd: projectFolder, env });
  const claude: Claude = {
    home,
    projectFolder,
    sessionsFolder: join(home, '.claude', 'sessions'),
    env,
    tmux,
    openPane,
    async start(start = {}) {
      const session = await startSession(claude, start.pane ?? (await openPane()), start);
      sessions.add(session);
      return session;
    },
    runPrint: async (prompt, print = {}) => runPrint(claude, prompt, print),
    writeSettings: async (value) => writeFile(settingsFile, JSON.stringify(value, null, 2)),
    async [Symbol.asyncDispose]() {
      // Killed, not hung up: a session that is hung up goes on writing while the folder is removed.
      await Promise.all([...sessions].map(async ({ pid }) => killProcess(pid)));
      await tmux[Symbol.asyncDispose]();
      await rm(root, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
    },
  };
  return claude;
}

/** For panes that others open on this tmux server; PATH is theirs. */
async function knowEnvironment(tmux: Tmux, env: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(env)) {
    if (name !== 'PATH' && name !== 'TERM') await tmux.run('set-environment', '-g', name, value);
  }
}

/** Answers to the dialogs of a first start: onboarding, API key, trust. */
function userConfig(projectFolder: string, trusted: boolean): object {
  return {
    hasCompletedOnboarding: true,
    theme: 'dark',
    customApiKeyResponses: { approved: [fakeApiKey.slice(-20)], rejected: [] },
    projects: trusted ? { [projectFolder]: { hasTrustDialogAccepted: true } } : {},
  };
}

async function runPrint(
  claude: Claude,
  prompt: string,
  options: PrintOptions,
): Promise<PrintResult> {
  const { args = [], cwd = claude.projectFolder, env = {}, timeoutMs = 30_000 } = options;
  return new Promise((resolve) => {
    const child = execFile(
      'claude',
      ['-p', prompt, ...args],
      { cwd, env: { ...claude.env, ...env }, timeout: timeoutMs },
      (error, stdout, stderr) =>
        resolve({ stdout, stderr, exitCode: error === null ? 0 : Number(error.code ?? 1) }),
    );
    child.stdin?.end();
  });
}
