/**
 * `npm run prove:lock`: the long proofs. `-- simulate SEEDS` (100,000) runs the simulation,
 * `-- bugs` shows who catches each seeded bug, `-- history RUNS` (200) breaks real processes,
 * `-- races CALLS` (100,000) lets time limits and aborts meet the grant, `-- soak CYCLES` (2,000,000)
 * looks for what grows; without a word all five.
 */
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const PROOFS: Readonly<Record<string, string>> = {
  simulate: 'simulation/run.ts',
  bugs: 'seeded-bugs/run.ts',
  history: 'history/run.ts',
  races: 'endurance/races.ts',
  soak: 'endurance/soak.ts',
};

const [chosen, ...more] = process.argv.slice(2);
if (chosen !== undefined && PROOFS[chosen] === undefined) {
  console.error(`There is no proof "${chosen}"; there are ${Object.keys(PROOFS).join(', ')}.`);
  process.exitCode = 2;
} else {
  const files = chosen === undefined ? Object.values(PROOFS) : [PROOFS[chosen] ?? ''];
  const whole = chosen === undefined || (chosen === 'simulate' && more.length === 0);
  for (const file of files) {
    const seeds = whole && file === PROOFS['simulate'] ? ['100000'] : more;
    const args = [path.join(import.meta.dirname, file), ...seeds];
    const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' });
    if (status !== 0) process.exitCode = status ?? 1;
  }
}
