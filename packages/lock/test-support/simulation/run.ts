/**
 * Many runs of the simulation. Arguments: number of runs, first seed. Prints the violations; exit
 * code 1 if there are any.
 */
import { simulate } from './simulate.ts';

const [count = '1000', first = '1'] = process.argv.slice(2);
const MOST_PRINTED = 5;
const totals = new Map<string, number>();
const violations: string[] = [];
let grants = 0;
process.on('unhandledRejection', (error) => violations.push(`unhandled: ${String(error)}`));
const startedAt = performance.now();
for (let seed = Number(first); seed < Number(first) + Number(count); seed++) {
  try {
    const result = await simulate(seed);
    grants += result.grants;
    totals.set(result.fault, (totals.get(result.fault) ?? 0) + 1);
  } catch (error) {
    violations.push(error instanceof Error ? error.message : String(error));
    if (violations.length >= MOST_PRINTED) break;
  }
}
const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
const faults = [...totals].map(([fault, runs]) => `${fault} ${runs}`).join(', ');
console.log(
  `${count} seeds from ${first} in ${seconds} s: ${grants} grants; runs by fault: ${faults}`,
);
for (const violation of violations) console.log(violation);
console.log(violations.length === 0 ? 'No violation.' : 'VIOLATED.');
process.exit(violations.length === 0 ? 0 : 1);
