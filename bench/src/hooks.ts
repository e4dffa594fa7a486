/** Answer times at 300 hooks/s, and what can be sustained, over 100 agents. */
import { setTimeout as delay } from 'node:timers/promises';
import { atLeast, atMost, forComparison, type Row } from './report.ts';
import { type BenchServer, startBenchServer } from './server.ts';

const AGENTS = 100;

export async function hooksBench(): Promise<Row[]> {
  await using server = await startBenchServer();
  await server.load({ agents: AGENTS, firstAgent: 0, seconds: 3, rate: null });
  await server.drained();
  const steady = await server.load({ agents: AGENTS, firstAgent: 0, seconds: 10, rate: 300 });
  await server.drained();
  return [
    atMost('hook answer at 300/s, p50', steady.p50, 'ms', 5),
    atMost('hook answer at 300/s, p99', steady.p99, 'ms', 25),
    forComparison('hooks not answered 2xx at 300/s', steady.failed, 'hooks'),
    ...(await sustained(server)),
  ];
}

/** From the first hook to the last one applied and read from the stream. */
async function sustained(server: BenchServer): Promise<Row[]> {
  await using reader = readStream(server);
  const cpu = server.cpuSeconds();
  const begun = performance.now();
  const result = await server.load({ agents: AGENTS, firstAgent: 0, seconds: 10, rate: null });
  await server.drained();
  await reader.seen(result.sent);
  const seconds = (performance.now() - begun) / 1000;
  const used = server.cpuSeconds() - cpu;
  return [
    atLeast('hooks answered, applied and in the stream', result.sent / seconds, 'hooks/s', 1800),
    forComparison('the same, answer p50', result.p50, 'ms'),
    forComparison('the same, answer p99', result.p99, 'ms'),
    forComparison('CPU of server and database per hook', (used / result.sent) * 1000, 'ms'),
  ];
}

interface StreamCounter extends AsyncDisposable {
  /** Resolves when `count` hooks were named by messages of the stream. */
  seen(count: number): Promise<void>;
}

function readStream(server: BenchServer): StreamCounter {
  const stop = new AbortController();
  let seen = 0;
  const reading = (async () => {
    const response = await fetch(`${server.url}/api/events`, {
      headers: { authorization: `Bearer ${server.operatorToken}` },
      signal: stop.signal,
    });
    let rest = '';
    for await (const chunk of response.body ?? []) {
      const text = rest + Buffer.from(chunk).toString('utf8');
      const end = text.lastIndexOf('"hookEventIds":[');
      for (const [, ids] of text.matchAll(/"hookEventIds":\[([\d,]*)\]/g)) {
        seen += ids === '' ? 0 : (ids?.split(',').length ?? 0);
      }
      const tail = end === -1 ? text.length : end;
      rest = text.includes(']', tail) ? '' : text.slice(tail);
    }
  })().catch(() => undefined);
  return {
    async seen(count) {
      while (seen < count) await delay(5);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await reading;
    },
  };
}
