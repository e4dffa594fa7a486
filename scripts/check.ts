/**
 * `npm run check [-- --fix] [-- NAME…]`: format, lint, types, import directions, dead code, SQL.
 * One line for each that is fine, the tool's own output for each that is not.
 */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { exec, ROOT, tool, type Outcome } from './exec.ts';

interface Check {
  readonly name: string;
  /** Says what a pass means. */
  readonly fine: string;
  run(fix: boolean): Promise<Outcome>;
}

const node = (script: string, ...args: string[]): Promise<Outcome> =>
  exec(process.execPath, [tool(script), ...args]);

const CHECKS: readonly Check[] = [
  {
    name: 'format',
    fine: 'every file is as prettier writes it',
    run: (fix) =>
      node('prettier/bin/prettier.cjs', fix ? '--write' : '--check', '--log-level', 'warn', '.'),
  },
  {
    name: 'lint',
    fine: 'oxlint finds nothing, with types',
    run: (fix) =>
      exec(tool('.bin/oxlint'), [
        '--config=.oxlintrc.jsonc',
        '--type-aware',
        '--report-unused-disable-directives',
        '--deny-warnings',
        ...(fix ? ['--fix'] : []),
      ]),
  },
  { name: 'types', fine: 'tsc finds nothing', run: checkTypes },
  {
    name: 'imports',
    fine: 'every import goes in its direction',
    run: () =>
      node(
        'dependency-cruiser/bin/dependency-cruiser.mjs',
        '--config=.dependency-cruiser.mjs',
        'packages',
        'bench',
        'scripts',
      ),
  },
  {
    name: 'dead code',
    fine: 'every file, export and dependency is used',
    run: (fix) =>
      node('knip/bin/knip.js', '--no-progress', '--no-config-hints', ...(fix ? ['--fix'] : [])),
  },
  { name: 'sql', fine: 'squawk finds nothing in the migrations', run: checkSql },
];

/** The root project, and each package that has one of its own (the dashboard runs in a browser). */
async function checkTypes(): Promise<Outcome> {
  const own = readdirSync(path.join(ROOT, 'packages'))
    .map((name) => `packages/${name}`)
    .filter((folder) => existsSync(path.join(ROOT, folder, 'tsconfig.json')));
  const outcomes = await Promise.all(
    ['.', ...own].map((project) =>
      node('@typescript/native/bin/tsc', '--noEmit', '--pretty', '-p', project),
    ),
  );
  return {
    code: Math.max(...outcomes.map(({ code }) => code)),
    output: outcomes.map(({ output }) => output).join(''),
  };
}

async function checkSql(): Promise<Outcome> {
  const folder = 'packages/server/migrations';
  const files = readdirSync(path.join(ROOT, folder)).filter((name) => name.endsWith('.sql'));
  if (files.length === 0) return { code: 0, output: '' };
  return await exec(
    tool('.bin/squawk'),
    files.map((name) => `${folder}/${name}`),
  );
}

/**
 * Runs the checks whose names start with one of `names`, all of them if there is none. With `fix`
 * one after the other, because they write. Returns the names of those that failed.
 */
export async function check(names: readonly string[], fix: boolean): Promise<string[]> {
  const chosen = CHECKS.filter(
    ({ name }) => names.length === 0 || names.some((start) => name.startsWith(start)),
  );
  const failed: string[] = [];
  const running = fix ? undefined : chosen.map((each) => each.run(false));
  for (const [index, each] of chosen.entries()) {
    const { code, output } = await (running?.[index] ?? each.run(fix));
    console.log(
      `${code === 0 ? 'ok  ' : 'FAIL'} ${each.name}${code === 0 ? `: ${each.fine}` : ''}`,
    );
    if (code === 0) continue;
    failed.push(each.name);
    console.log(output.trimEnd());
  }
  return failed;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const args = process.argv.slice(2);
  const fix = args.includes('--fix');
  const failed = await check(
    args.filter((arg) => !arg.startsWith('-')),
    fix,
  );
  if (failed.length > 0) {
    const cure = fix ? '' : ' (npm run check -- --fix repairs what a tool can)';
    console.log(`Failed: ${failed.join(', ')}${cure}.`);
    process.exitCode = 1;
  }
}
