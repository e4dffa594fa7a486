/** Runs the command line in a temporary home, with its output caught. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EXIT, type ExitCode } from '../errors.ts';
import { homePaths, type HomePaths } from '@headspace/home';
import { main } from '../program.ts';

interface CliRun {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliHome extends Disposable {
  readonly folder: string;
  readonly paths: HomePaths;
  /** The user's settings file of Claude Code. */
  readonly settings: string;
  readonly env: Record<string, string>;
  readonly run: (...args: string[]) => Promise<CliRun>;
  /** As `run`, ended by the signal; `onOutput` sees all output so far. */
  readonly runUntil: (
    signal: AbortSignal,
    args: string[],
    onOutput: (stdout: string) => void,
  ) => Promise<CliRun>;
}

/** A home with nothing in it but a `claude` program that tells its version (null: none). */
export function cliHome(claudeVersion: string | null = '2.1.197'): CliHome {
  const folder = mkdtempSync(join(tmpdir(), 'headspace-cli-'));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  if (claudeVersion !== null) {
    const script = `#!/bin/sh\necho '${claudeVersion} (Claude Code)'\n`;
    writeFileSync(join(bin, 'claude'), script, { mode: 0o755 });
  }
  // Nobody listens on port 2, and unlike most low ports fetch does not refuse it by itself.
  const env = { HOME: folder, PATH: `${bin}:/usr/bin:/bin`, HEADSPACE_SERVER_PORT: '2' };
  const runUntil: CliHome['runUntil'] = async (signal, args, onOutput) => {
    const outcome: { exitCode: ExitCode } = { exitCode: EXIT.ok };
    let stdout = '';
    let stderr = '';
    const code = await main(args, {
      env,
      cwd: folder,
      stdin: Object.assign(Object.create(process.stdin) as typeof process.stdin, { isTTY: false }),
      stdout: {
        write: (text) => {
          stdout += text;
          onOutput(stdout);
        },
      },
      stderr: { write: (text) => (stderr += text) },
      now: Date.now,
      signal,
      outcome,
    });
    return { code, stdout, stderr };
  };
  return {
    folder,
    paths: homePaths(env),
    settings: join(folder, '.claude', 'settings.json'),
    env,
    run: (...args) => runUntil(new AbortController().signal, args, () => undefined),
    runUntil,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
