#!/usr/bin/env node
// Plain JavaScript that any Node can read: hands over to the Node 24 that the repository brings,
// where the one on the PATH is older.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const MINIMUM = 24;
const entry = fileURLToPath(new URL('../src/bin.ts', import.meta.url));

if (Number(process.versions.node.split('.')[0]) >= MINIMUM) {
  await import(entry);
} else {
  const node = pinnedNode();
  const run = node && spawnSync(node, [entry, ...process.argv.slice(2)], { stdio: 'inherit' });
  if (!run || run.error) {
    process.stderr.write(
      `headspace: Node ${MINIMUM} or newer is needed, this is ${process.versions.node}\n` +
        '  Run `npm install` in the Headspace folder, which brings it.\n',
    );
    process.exitCode = 1;
  } else {
    process.exitCode = run.status ?? 128 + (constants.signals[run.signal] ?? 0);
  }
}

function pinnedNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve('node/package.json');
    return join(dirname(manifest), 'bin', 'node');
  } catch {
    return undefined;
  }
}
