/**
 * `npm run prove:lock -- history [RUNS] [SEED]`: so many histories, each with two faults of every
 * kind in turn and in another order, and a control run without locks. Prints each contradiction.
 */
import { startCluster } from '../cluster.ts';
import { damage, findings } from './check.ts';
import { FAULTS, type Fault } from './events.ts';
import { runHistory } from './run-history.ts';

const [runs = '200', seed = '1'] = process.argv.slice(2);
const random = randomFrom(Number(seed));
const cluster = await startCluster();
let contradictions = 0;
let writes = 0;
let hits = 0;
const counts = new Map<Fault, number>();
try {
  const control = damage(await runHistory(cluster, { faults: [], unlocked: true }));
  console.log(`control without locks: ${control} updates lost`);
  if (control === 0) throw new Error('the control lost nothing, so the runs would prove nothing');
  for (let n = 0; n < Number(runs); n++) {
    const faults = pick(n);
    const history = await runHistory(cluster, { faults });
    for (const fault of faults) counts.set(fault, (counts.get(fault) ?? 0) + 1);
    writes += history.writes.length;
    hits += history.hits;
    const found = findings(history);
    contradictions += found.length;
    for (const text of found) console.log(`run ${n} (${faults.join(', ')}): ${text}`);
    if ((n + 1) % 10 === 0) console.log(`${n + 1} runs, ${writes} fenced writes, ${hits} hits`);
  }
} finally {
  await cluster.remove();
}
const told = [...counts].map(([fault, count]) => `${count} ${fault}`).join(', ');
console.log(`${runs} runs (${told}): ${writes} fenced writes, ${contradictions} contradictions`);
process.exitCode = contradictions === 0 ? 0 : 1;

/** Every kind alone first, which is judged most strictly; then pairs. */
function pick(n: number): Fault[] {
  const one = FAULTS[n % FAULTS.length] ?? 'kill';
  if (n < FAULTS.length * 4) return [one, one];
  return [one, FAULTS[Math.floor(random() * FAULTS.length)] ?? one];
}

/** mulberry32: small, and the same on every machine. */
function randomFrom(state: number): () => number {
  let a = state;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
