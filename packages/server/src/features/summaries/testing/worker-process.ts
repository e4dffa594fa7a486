/**
 * A process of workers on a database, which can be killed:
 *
 *   node worker-process.ts <database url> <base url> <workers>
 *
 * Each worker asks for the summaries of agent 1 and makes what it can get, until nothing is left.
 * Prints `ready`, begins with a line on standard input, and prints `done` at the end.
 */
import { once } from 'node:events';
import { loadSettings } from '@headspace/home';
import pg from 'pg';
import { planAgent } from '../plan.ts';
import { SummaryWorker } from '../worker.ts';
import { testContext } from './summary-world.ts';

const [url = '', baseUrl = '', count = '1'] = process.argv.slice(2);
const settings = {
  ...loadSettings({ env: {} }),
  'summaries.provider': 'openai-compatible' as const,
  'summaries.baseUrl': baseUrl,
  'summaries.model': 'stub',
  'summaries.dailyTokens': 0,
  'summaries.concurrency': 4,
  // A lease is longer than this: no test is so slow that one runs out by itself.
  'summaries.callTimeoutMs': 600_000,
};
const pool = new pg.Pool({ connectionString: url, max: 4 });
pool.on('error', () => undefined);

process.stdout.write('ready\n');
await once(process.stdin, 'data');
await Promise.all(Array.from({ length: Number(count) }, work));
process.stdout.write('done\n');
await pool.end();
process.stdin.destroy();

async function work(): Promise<void> {
  const context = testContext(pool, settings);
  const worker = new SummaryWorker(context);
  await planAgent({ context, poke: () => undefined }, 1);
  await worker.tick();
  await worker.idle();
}
