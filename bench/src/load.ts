/**
 * A load generator as a process of its own. Reads its orders as JSON from the first argument,
 * prints its result as JSON. Each agent sends one hook at a time, as Claude Code does.
 */
import http from 'node:http';
import { hookAt } from './load-hooks.ts';

export interface LoadOrders {
  url: string;
  token: string;
  /** Agents that send, numbered from `firstAgent`. */
  agents: number;
  firstAgent: number;
  seconds: number;
  /** Hooks per second over all agents; null for as fast as answers come. */
  rate: number | null;
}

export interface LoadResult {
  sent: number;
  failed: number;
  seconds: number;
  /** Answer times in ms. */
  p50: number;
  p99: number;
}

const orders = JSON.parse(process.argv[2] ?? '{}') as LoadOrders;
const target = new URL(orders.url);
const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });
const times: number[] = [];
let failed = 0;

function send(agentNumber: number, count: number): Promise<void> {
  const { slug, body } = hookAt(agentNumber, count);
  const started = performance.now();
  return new Promise((resolve) => {
    const request = http.request(
      {
        host: target.hostname,
        port: target.port,
        path: `/hook/${slug}`,
        method: 'POST',
        agent,
        headers: {
          authorization: `Bearer ${orders.token}`,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'x-tmux-pane': `%${agentNumber}`,
        },
      },
      (response) => {
        response.resume().on('end', () => {
          if ((response.statusCode ?? 500) >= 300) failed++;
          times.push(performance.now() - started);
          resolve();
        });
      },
    );
    request.on('error', () => {
      failed++;
      resolve();
    });
    request.end(body);
  });
}

async function atFullSpeed(end: number): Promise<void> {
  const one = async (agentNumber: number) => {
    for (let count = 0; performance.now() < end; count++) await send(agentNumber, count);
  };
  await Promise.all(agentNumbers().map(one));
}

async function atRate(end: number, rate: number): Promise<void> {
  const numbers = agentNumbers();
  const last = numbers.map(() => Promise.resolve());
  const begun = performance.now();
  let count = 0;
  while (performance.now() < end) {
    const due = ((performance.now() - begun) / 1000) * rate;
    for (; count < due; count++) {
      const slot = count % numbers.length;
      const turn = Math.floor(count / numbers.length);
      last[slot] = (last[slot] ?? Promise.resolve()).then(() => send(numbers[slot] ?? 0, turn));
    }
    // The pace of the load: what has become due meanwhile goes out together.
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await Promise.all(last);
}

const agentNumbers = () =>
  Array.from({ length: orders.agents }, (_, index) => orders.firstAgent + index);

const begun = performance.now();
const end = begun + orders.seconds * 1000;
await (orders.rate === null ? atFullSpeed(end) : atRate(end, orders.rate));
times.sort((a, b) => a - b);
const at = (share: number) => times[Math.floor(times.length * share)] ?? 0;
const result: LoadResult = {
  sent: times.length,
  failed,
  seconds: (performance.now() - begun) / 1000,
  p50: at(0.5),
  p99: at(0.99),
};
process.stdout.write(JSON.stringify(result));
process.exit(0);
