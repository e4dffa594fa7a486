/**
 * A remote agent from start to stop, with Node 24 alone.
 * HEADSPACE_URL=http://127.0.0.1:5055 HEADSPACE_API_KEY=hs_… node remote-agent.ts PROJECT PROMPT
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

interface Agent {
  readonly id: string;
  readonly status: string;
  readonly reason: string | null;
  readonly agent: { readonly attention: string; readonly reason: string } | null;
}
interface Turns {
  readonly turns: readonly { readonly actor: 'user' | 'agent'; readonly text: string }[];
}

const { HEADSPACE_URL = '', HEADSPACE_API_KEY = '' } = process.env;

/** A POST is sent again after a lost answer: its idempotency key makes it one request. */
async function call<T>(path: string, body?: object): Promise<T> {
  const headers = {
    authorization: `Bearer ${HEADSPACE_API_KEY}`,
    'content-type': 'application/json',
    'idempotency-key': randomUUID(),
  };
  const more = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  for (let attempt = 0; ; attempt++) {
    const url = `${HEADSPACE_URL}/api/remote-agents${path}`;
    const answer = await fetch(url, { headers, ...more }).catch((error: unknown) => {
      if (attempt === 3) throw error;
      return null;
    });
    if (answer?.ok) return (await answer.json()) as T;
    if (answer && (answer.status !== 503 || attempt === 3)) throw new Error(await answer.text());
    await sleep(1000 * 2 ** attempt);
  }
}

const [project = '', prompt = ''] = process.argv.slice(2);
const { id } = await call<Agent>('', { project, prompt });
try {
  let status: Agent & { readonly reached: boolean };
  do {
    // One request waits a minute at the most.
    status = await call(`/${id}?waitMs=60000&until=your_turn,needs_you,ended`);
  } while (!status.reached);
  if (status.agent?.attention !== 'your_turn') {
    throw new Error(`The agent is not done: ${status.agent?.reason ?? status.reason}`);
  }
  const { turns } = await call<Turns>(`/${id}/turns`);
  for (const { actor, text } of turns) if (actor === 'agent') console.log(text);
} finally {
  await call(`/${id}/stop`, {});
}
