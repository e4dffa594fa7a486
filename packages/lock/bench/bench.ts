/**
 * `npm run bench:lock [-- --json FILE]`: the package beside its peers, in one run on a PostgreSQL of
 * its own. Machines are noisy: compare ratios of one run, not numbers of two.
 */
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startCluster } from '../test-support/cluster.ts';
import { installPeers, startRedis } from './peers.ts';
import { queueRows } from './queues.ts';
import { printTable, type Row } from './rows.ts';
import { scaleRows } from './scale.ts';
import { handoffRows, latencyRows, localRows, rateRows } from './speed.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const { values } = parseArgs({ options: { json: { type: 'string' } } });
const startedAt = new Date();
const peers = installPeers(ROOT);
await using redis = await startRedis();
if (redis === null) console.log('Not run: redlock (redis-server is not installed).');
else process.env['BENCH_REDIS_PORT'] = String(redis.port);
const cluster = await startCluster();
try {
  const url = cluster.url('postgres');
  const parts: readonly (() => Promise<Row[]>)[] = [
    () => latencyRows(url),
    () => rateRows(url, peers),
    () => localRows(url, peers),
    () => handoffRows(url, peers, redis !== null),
    () => queueRows(url, peers),
    () => scaleRows(url),
  ];
  const rows: Row[] = [];
  for (const part of parts) rows.push(...(await part()));
  const model = os.cpus()[0]?.model ?? 'unknown';
  const machine = `${os.cpus().length} × ${model}, load ${os.loadavg()[0]?.toFixed(1)}, Linux ${os.release()}, Node ${process.version}`;
  console.log(machine);
  printTable(rows);
  const file = values.json ?? path.join(ROOT, '.cache', 'bench-lock.json');
  const content = { machine, startedAt: startedAt.toISOString(), rows };
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
  console.log(`Written to ${path.relative(process.cwd(), file)}.`);
} finally {
  await cluster.remove();
}
