/**
 * Whether a hook costs the same with 10 agents on the board as with 5,000. The same 10 agents send;
 * only what else is on the board differs. CPU time is compared, for it does not depend on what else
 * the machine is doing.
 */
import { atMost, forComparison, type Row } from './report.ts';
import { type BenchServer, startBenchServer } from './server.ts';

const SENDERS = 10;
const OTHERS = 4990;
const ROUNDS = 3;

export async function scaleBench(): Promise<Row[]> {
  await using server = await startBenchServer();
  await server.load({ agents: SENDERS, firstAgent: 0, seconds: 3, rate: null });
  const few = await cost(server);
  await addAgents(server);
  await server.load({ agents: SENDERS, firstAgent: 0, seconds: 3, rate: null });
  const many = await cost(server);
  return [
    forComparison('CPU per hook with 10 agents', few, 'ms'),
    forComparison('CPU per hook with 5,000 agents', many, 'ms'),
    atMost('ratio 5,000 to 10 agents', many / few, '×', 1.2),
  ];
}

/** Median CPU milliseconds per hook at a fixed rate. */
async function cost(server: BenchServer): Promise<number> {
  const costs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = server.cpuSeconds();
    const { sent } = await server.load({
      agents: SENDERS,
      firstAgent: 0,
      seconds: 5,
      rate: 400,
    });
    await server.drained();
    costs.push(((server.cpuSeconds() - before) / sent) * 1000);
  }
  return costs.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0;
}

async function addAgents(server: BenchServer): Promise<void> {
  for (let first = SENDERS; first < SENDERS + OTHERS; first += 499) {
    await server.load({ agents: 499, firstAgent: first, seconds: 1.5, rate: 499 * 2 });
  }
  await server.drained();
}
