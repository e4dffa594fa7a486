/**
 * `npm run prove:lock [-- SEEDS]`: the long proofs. 100,000 simulated runs (or SEEDS), then each
 * seeded bug and who catches it.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const [seeds = '100000'] = process.argv.slice(2);
const here = (file: string): string => path.join(import.meta.dirname, file);
const run = (args: string[]): number =>
  spawnSync(process.execPath, args, { stdio: 'inherit' }).status ?? 1;
const simulated = run([here('simulation/run.ts'), seeds]);
const bugs = run([here('seeded-bugs/run.ts')]);
process.exitCode = Math.max(simulated, bugs);
