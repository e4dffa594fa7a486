/**
 * `npm run bench [-- NAME …] [--json FILE]`: measured on this machine, in one run. Machines are
 * noisy: compare ratios of one run, not numbers of two.
 */
import { parseArgs } from 'node:util';
import { contextPollerBench } from './context-poller.ts';
import { handoffsBench } from './handoffs.ts';
import { hooksBench } from './hooks.ts';
import { loopsBench } from './loops.ts';
import { promptsBench } from './prompts.ts';
import { livenessBench } from './liveness.ts';
import { printRows, type Row, writeJson } from './report.ts';
import { scaleBench } from './scale.ts';
import { startBench } from './start.ts';
import { summariesBench } from './summaries.ts';
import { transcriptsBench } from './transcripts.ts';

const BENCHES: Readonly<Record<string, () => Promise<Row[]>>> = {
  'context-poller': contextPollerBench,
  handoffs: handoffsBench,
  hooks: hooksBench,
  loops: loopsBench,
  prompts: promptsBench,
  liveness: livenessBench,
  scale: scaleBench,
  start: startBench,
  summaries: summariesBench,
  transcripts: transcriptsBench,
};

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'string' } },
  });
  const unknown = positionals.find((name) => !Object.hasOwn(BENCHES, name));
  if (unknown !== undefined) {
    process.stderr.write(
      `"${unknown}" is no bench. Benches: ${Object.keys(BENCHES).join(', ')}.\n`,
    );
    return 2;
  }
  const startedAt = new Date();
  const rows: Row[] = [];
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (positionals.length > 0 && !positionals.includes(name)) continue;
    process.stderr.write(`${name} …\n`);
    rows.push(...(await bench()));
  }
  printRows(rows);
  if (values.json !== undefined) writeJson(values.json, startedAt, rows);
  return 0;
}

process.exitCode = await main();
