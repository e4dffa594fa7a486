import { startPostgres } from '/work/wt-costs/packages/testkit/src/index.ts';
import { spawnSync, spawn } from 'node:child_process';
import { once } from 'node:events';
await using pg = await startPostgres({ durable: true });
for (const o of process.argv.slice(2).map((x) => JSON.parse(x))) {
  const c = spawn(
    process.execPath,
    [
      ...(process.env.STAT ? ['--import', '/work/wt-costs/bench/src/zz-patch.mjs'] : []),
      ...(process.env.PROF ? ['--cpu-prof', '--cpu-prof-dir=/tmp/cc/prof'] : []),
      '/work/wt-costs/bench/src/transcripts-worker.ts',
      JSON.stringify({ ...o, databaseUrl: pg.url }),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let t = '';
  c.stdout.on('data', (d) => (t += d));
  await once(c, 'close');
  console.log(JSON.stringify(o), t);
}
