/** A reader of the event stream that comes back after every loss, to any server, with its last id. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AgentChanged } from '@headspace/contract';
import { readSse } from '@headspace/testkit';
import { oneOf } from '@headspace/testkit/random';
import type { Fleet } from './fleet.ts';

export interface StreamReader {
  /** What was read, in order: position, and what it said. */
  readonly messages: readonly { readonly id: number; readonly data: string }[];
  /** The newest view of each agent by its id. */
  readonly agents: ReadonlyMap<number, AgentChanged['agent']>;
  /** Number of times it had to come back. */
  readonly losses: number;
  stop(): Promise<void>;
}

/** A link that is cut says nothing: with this much silence the reader goes elsewhere. */
const SILENCE_MS = 3_000;

export function startReader(fleet: Fleet, random: () => number): StreamReader {
  const messages: { id: number; data: string }[] = [];
  const agents = new Map<number, AgentChanged['agent']>();
  const stop = new AbortController();
  let losses = 0;

  const follow = async (): Promise<void> => {
    const up = fleet.members.flatMap(({ server }) => (server === null ? [] : [server]));
    if (up.length === 0) return;
    const server = oneOf(random, up);
    const silence = new AbortController();
    const timer = setTimeout(() => silence.abort(), SILENCE_MS);
    const last = messages.at(-1)?.id;
    try {
      const stream = readSse(`${server.url}/api/events`, {
        token: server.operatorToken,
        signal: AbortSignal.any([stop.signal, silence.signal]),
        headers: { 'last-event-id': String(last ?? 0) },
      });
      for await (const { id, type, data } of stream) {
        timer.refresh();
        if (type === 'stream.reset')
          throw new Error('the stream lost what the reader had not read');
        if (id === undefined || data === undefined) continue;
        messages.push({ id: Number(id), data });
        const parsed = AgentChanged.safeParse(JSON.parse(data));
        if (parsed.success) agents.set(parsed.data.agent.id, parsed.data.agent);
      }
    } finally {
      clearTimeout(timer);
    }
  };
  const loop = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      // Whatever ended it: the next attempt goes on where this one was.
      await follow().catch(() => undefined);
      losses += 1;
      await sleep(50);
    }
  };
  const running = loop();
  return {
    messages,
    agents,
    get losses() {
      return losses;
    },
    async stop() {
      stop.abort();
      await running;
    },
  };
}
