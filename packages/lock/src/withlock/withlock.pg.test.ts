import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFixture, until } from '../../test-support/fixture.ts';
import { keyPresets, nameKey } from '../index.ts';

const { create, sql, url, pgLocks } = lockFixture();
const PROGRAM = fileURLToPath(new URL('../../bin/withlock.mjs', import.meta.url));
let folder = '';
const started: ChildProcess[] = [];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'withlock-'));
});
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly child: ChildProcess;
  readonly code: Promise<number | null>;
  output(): string;
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, DATABASE_URL: url() },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data) => (text += data));
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, code, output: () => text };
}

const file = (): string => path.join(folder, 'pid');
/** A command that writes its pid and then runs on. */
const longCommand = (): string[] => [
  'sh',
  '-c',
  `echo $$ > ${file()}; while :; do sleep 0.1; done`,
];

function pidOf(): number {
  try {
    return Number(readFileSync(file(), 'utf8'));
  } catch {
    return 0;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('withlock', () => {
  it('gives output, token and exit code of the command', async () => {
    const shell = run('job', '--', 'sh', '-c', 'echo token $LOCK_TOKEN name $LOCK_NAME; exit 7');
    expect(await shell.code).toBe(7);
    expect(shell.output()).toMatch(/token \d+ name job/);
    const killed = run('job', '--', 'sh', '-c', 'kill -KILL $$');
    expect(await killed.code).toBe(137);
    expect(await run('job', '--', path.join(folder, 'nothing')).code).toBe(127);
    expect(await pgLocks()).toEqual([]);
  });

  it('excludes library users of the same name, and says when it is taken', async () => {
    const locks = create();
    await locks.advisoryLock(nameKey('job'), {}, async () => {
      expect(await run('--skip', 'job', '--', 'true').code).toBe(75);
      expect(await run('--timeout', '0.2', 'job', '--', 'true').code).toBe(75);
      expect(await run('--skip', '--compat', 'job', '--', 'true').code).toBe(0);
      expect(await run('--skip', '--slots', '2', 'job', '--', 'true').code).toBe(0);
    });
    await locks.advisoryLock(keyPresets.advisoryLockPackage('job'), {}, async () => {
      expect(await run('--skip', '--compat', 'job', '--', 'true').code).toBe(75);
    });
  });

  it('ends the command when the lock is lost', async () => {
    const shell = run('job', '--', ...longCommand());
    await until('the command runs', () => pidOf() > 0);
    const pid = pidOf();
    await sql(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'withlock'",
    );
    expect(await shell.code).toBe(70);
    expect(isAlive(pid)).toBe(false);
    expect(shell.output()).toMatch(/was lost/);
  });

  it('kills a command that does not mind SIGTERM', async () => {
    const stubborn = ['sh', '-c', `trap '' TERM; echo $$ > ${file()}; while :; do sleep 0.1; done`];
    const shell = run('--grace', '0.2', 'job', '--', ...stubborn);
    await until('the command runs', () => pidOf() > 0);
    const pid = pidOf();
    await sql(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'withlock'",
    );
    expect(await shell.code).toBe(70);
    expect(isAlive(pid)).toBe(false);
  });

  it('ends the command when withlock itself is killed', async () => {
    const shell = run('job', '--', ...longCommand());
    await until('the command runs', () => pidOf() > 0);
    const pid = pidOf();
    shell.child.kill('SIGKILL');
    await until('the command ends', () => !isAlive(pid));
  });

  it('passes signals on', async () => {
    const shell = run('job', '--', ...longCommand());
    await until('the command runs', () => pidOf() > 0);
    shell.child.kill('SIGTERM');
    expect(await shell.code).toBe(143);
    expect(await pgLocks()).toEqual([]);
  });

  it.each([
    [['job']],
    [['--', 'true']],
    [['a', 'b', '--', 'true']],
    [['--slots', 'x', 'job', '--', 'true']],
    [['--slots', '0', 'job', '--', 'true']],
    [['--slots', '2', '--shared', 'job', '--', 'true']],
  ])('refuses %j', async (args) => {
    expect(await run(...args).code).toBe(64);
  });

  it('says so when there is no database', async () => {
    const nowhere = url().replace(/:\d+\//, ':1/');
    expect(await run('--database', nowhere, 'job', '--', 'true').code).toBe(69);
    expect(await run('--help').code).toBe(0);
  });
});
