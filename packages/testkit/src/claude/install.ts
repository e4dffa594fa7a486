/**
 * Installs the real Claude Code CLI from npm into the repository's cache folder.
 * The npm package is a thin wrapper; the program itself is one binary in a package per platform
 * (`@anthropic-ai/claude-code-linux-x64` …), so no install script needs to run.
 */
import { execFile } from 'node:child_process';
import {
  access,
  appendFile,
  constants,
  glob,
  mkdir,
  mkdtemp,
  open,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isAlive } from '../process-alive.ts';
import { hasTmux } from '../tmux.ts';
import { waitUntil } from '../wait-until.ts';

const execFileAsync = promisify(execFile);
const cacheFolder = join(import.meta.dirname, '../../../../.cache');

/** The version that the recordings come from. */
const recordedVersion = '2.1.197';
const installTimeoutMs = 240_000;

export type ClaudeInstall =
  | { readonly ok: true; readonly binary: string; readonly version: string }
  | { readonly ok: false; readonly reason: string };

/**
 * Resolves to the CLI's binary, installing it first where needed (about 235 MB on disk). Its sessions need
 * tmux too, so a machine without tmux counts as one without the CLI.
 * HEADSPACE_TEST_CLAUDE_VERSION chooses another version. A failure is a value, not an error, and leaves one
 * line in `.cache/test-notes/claude.txt`, so that a skipped test does not look like a passed one.
 */
export async function installClaude(): Promise<ClaudeInstall> {
  const version = process.env['HEADSPACE_TEST_CLAUDE_VERSION'] ?? recordedVersion;
  if (!(await hasTmux())) return skip('tmux is not installed (apt-get install tmux)');
  const target = join(cacheFolder, 'claude-code', version);
  try {
    const binary = (await findBinary(target)) ?? (await installOnce(target, version));
    return { ok: true, binary, version };
  } catch (error) {
    return skip(`Claude Code ${version} could not be installed from npm: ${shortReason(error)}`);
  }
}

/** Test files install at the same time: the lock saves a second download, the rename keeps the folder whole. */
async function installOnce(target: string, version: string): Promise<string> {
  await mkdir(dirname(target), { recursive: true });
  await using _lock = await lockFile(`${target}.lock`);
  const existing = await findBinary(target);
  if (existing !== undefined) return existing;
  const staging = await mkdtemp(`${target}.staging-`);
  try {
    await writeFile(join(staging, 'package.json'), '{"private":true}');
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'];
    await execFileAsync(
      'npm',
      ['install', '--prefix', staging, ...flags, `@anthropic-ai/claude-code@${version}`],
      {
        cwd: staging,
        timeout: installTimeoutMs,
      },
    );
    if ((await findBinary(target)) === undefined) {
      await rm(target, { recursive: true, force: true }); // half an installation at most
      await rename(staging, target);
    }
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
  const binary = await findBinary(target);
  if (binary === undefined) {
    throw new Error(`no binary for ${process.platform}-${process.arch} in the package`);
  }
  return binary;
}

async function findBinary(folder: string): Promise<string | undefined> {
  const pattern = `node_modules/@anthropic-ai/claude-code-${process.platform}-${process.arch}*/claude`;
  for await (const found of glob(pattern, { cwd: folder })) {
    const binary = join(folder, found);
    const runs = await access(binary, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return binary;
  }
  return undefined;
}

/** Holds `path` until disposed. A lock whose process is gone is taken over. */
async function lockFile(path: string): Promise<AsyncDisposable> {
  await waitUntil(
    async () => {
      try {
        const handle = await open(path, 'wx');
        await handle.writeFile(String(process.pid));
        await handle.close();
        return true;
      } catch {
        const holder = Number(await readFile(path, 'utf8').catch(() => ''));
        if (holder > 0 && !isAlive(holder)) await rm(path, { force: true });
        return false;
      }
    },
    { timeoutMs: installTimeoutMs, everyMs: 200, what: `the lock ${path}` },
  );
  return { [Symbol.asyncDispose]: async () => rm(path, { force: true }) };
}

/** One line in the notes, however many test files have to be skipped. */
async function skip(why: string): Promise<ClaudeInstall> {
  const reason = `not tested against the real Claude Code: ${why}`;
  const notes = join(cacheFolder, 'test-notes', 'claude.txt');
  await mkdir(dirname(notes), { recursive: true });
  const known = await readFile(notes, 'utf8').catch(() => '');
  if (!known.split('\n').includes(reason)) await appendFile(notes, `${reason}\n`);
  return { ok: false, reason };
}

/** What npm itself says, without the command line and the hints that surround it. */
function shortReason(error: unknown): string {
  const lines = (error instanceof Error ? error.message : String(error)).split('\n');
  const said = lines.filter((line) => line.startsWith('npm error')).slice(0, 2);
  return said.length > 0 ? said.join(' ').replaceAll('npm error ', '') : (lines[0] ?? '');
}
