/** Brings node_modules in line with package-lock.json, only when it is not. Runs on Node 20. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const NODE_MAJOR = 24;

/** Runs `npm ci` if a package is missing or of another version. Throws one sentence. */
export function ensureInstalled(root) {
  const reason = whatIsMissing(root);
  if (reason !== undefined) {
    console.error(`Installing dependencies (npm ci): ${reason}.`);
    npm(root, ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  }
  if (pinnedNode(root) !== undefined) return;
  // The user's npm may be set to run no install scripts; this one brings the runtime.
  console.error(`Installing Node ${NODE_MAJOR} (npm rebuild node).`);
  npm(root, ['rebuild', 'node', '--ignore-scripts=false', '--loglevel=error']);
  if (pinnedNode(root) === undefined) {
    throw new Error(
      `Node ${NODE_MAJOR} could not be installed into node_modules: install Node ${NODE_MAJOR} or newer yourself.`,
    );
  }
}

/** The Node to run with: the one in node_modules, else our own if it is new enough. */
export function pinnedNode(root) {
  const own = path.join(root, 'node_modules', '.bin', 'node');
  for (const file of [own, process.execPath]) {
    const { stdout } = spawnSync(file, ['--version'], { encoding: 'utf8' });
    const major = Number.parseInt((stdout ?? '').replace(/^v/, ''), 10);
    if (major >= NODE_MAJOR) return file;
  }
  return undefined;
}

/** The first difference between the lock file and what npm says it installed, in words. */
function whatIsMissing(root) {
  const wanted = readPackages(path.join(root, 'package-lock.json'));
  if (wanted === undefined) throw new Error('package-lock.json is missing: get it back from git.');
  // npm keeps a list of what it put into node_modules, and removes it when it is interrupted.
  const installed = readPackages(path.join(root, 'node_modules', '.package-lock.json'));
  if (installed === undefined) return 'node_modules is not complete';
  for (const [place, entry] of Object.entries(wanted)) {
    if (place === '' || !place.includes('node_modules/')) continue;
    const there = installed[place];
    if (there === undefined && (entry.optional === true || !isForUs(entry))) continue;
    if (there?.version !== entry.version) return `${place} is not the version of package-lock.json`;
    if (!existsSync(path.join(root, place))) return `${place} is missing`;
  }
  return undefined;
}

function isForUs({ os, cpu }) {
  return (os?.includes(process.platform) ?? true) && (cpu?.includes(process.arch) ?? true);
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function npm(root, args) {
  // Not with the Node of node_modules: npm ci replaces it while it runs.
  const env = { ...process.env };
  const bin = `${path.sep}node_modules${path.sep}.bin`;
  env.PATH = (env.PATH ?? '')
    .split(path.delimiter)
    .filter((dir) => !dir.endsWith(bin))
    .join(path.delimiter);
  const { npm_execpath: script, npm_node_execpath: node } = process.env;
  const viaNode = script !== undefined && node !== undefined && !node.includes(bin);
  const result = viaNode
    ? spawnSync(node, [script, ...args], { cwd: root, env, stdio: ['ignore', 2, 2] })
    : spawnSync('npm', args, { cwd: root, env, stdio: ['ignore', 2, 2] });
  if (result.error !== undefined)
    throw new Error(`npm could not be run (${result.error.message}).`);
  if (result.status !== 0) throw new Error(`npm ${args[0]} failed; its messages are above.`);
}
