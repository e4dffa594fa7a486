/** Programs beside Node that the tests need: a browser, tmux, a pooler and another PostgreSQL. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { exec } from './exec.ts';
import { ensurePostgres15 } from './postgres-15.ts';

interface SystemTool {
  readonly what: string;
  /** Any of these will do. */
  readonly programs: readonly string[];
  readonly debianPackage: string;
}

const TOOLS: readonly SystemTool[] = [
  {
    what: 'the tests in a browser',
    programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    debianPackage: 'chromium',
  },
  { what: 'the tests in tmux', programs: ['tmux'], debianPackage: 'tmux' },
  {
    what: 'locks behind a pooler',
    programs: ['pgbouncer', '/usr/sbin/pgbouncer'],
    debianPackage: 'pgbouncer',
  },
];

/**
 * Installs what is missing where we may (root on a Debian system). Returns a sentence for each
 * tool that is still missing; the tests that need it skip themselves.
 */
export async function ensureSystemTools(): Promise<string[]> {
  const others = await ensurePackages();
  // Behind them: an installation has refreshed the package list.
  const postgres15 = await ensurePostgres15();
  return postgres15 === null ? others : [...others, postgres15];
}

async function ensurePackages(): Promise<string[]> {
  const missing = TOOLS.filter((each) => !isInstalled(each));
  if (missing.length === 0) return [];
  const packages = missing.map(({ debianPackage }) => debianPackage);
  const mayInstall = process.getuid?.() === 0 && isOnPath('apt-get');
  if (mayInstall) await aptInstall(packages);
  return missing
    .filter((each) => !isInstalled(each))
    .map(({ what, debianPackage }) =>
      mayInstall
        ? `${what}: apt-get could not install ${debianPackage}.`
        : `${what}: install ${debianPackage} (Debian: sudo apt-get install ${debianPackage}) and run again.`,
    );
}

async function aptInstall(packages: readonly string[]): Promise<void> {
  console.log(`Installing ${packages.join(' and ')} (apt-get).`);
  // At this run level Debian's scripts install a service without starting it (invoke-rc.d(8)).
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const apt = ['-qq', '-o', 'DPkg::Lock::Timeout=300'];
  const install = [...apt, 'install', '-y', '--no-install-recommends', ...packages];
  // The package list may be absent or old; the second try has a fresh one.
  if ((await exec('apt-get', install, { env })).code === 0) return;
  await exec('apt-get', [...apt, 'update'], { env });
  const { code, output } = await exec('apt-get', install, { env });
  if (code !== 0) console.log(output.trimEnd().split('\n').slice(-5).join('\n'));
}

function isInstalled({ programs }: SystemTool): boolean {
  return programs.some((program) => isOnPath(program));
}

function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.resolve(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
