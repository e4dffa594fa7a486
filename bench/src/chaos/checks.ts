/** What must hold after every campaign, whatever was broken. Each check gives its violations. */
import { isDeepStrictEqual } from 'node:util';
import { AgentView } from '@headspace/contract';
import { RACE } from '@headspace/testkit';
import { z } from 'zod';
import type { Fleet } from './fleet.ts';
import type { StreamReader } from './reader.ts';
import type { Load } from './sessions.ts';

export interface Aftermath {
  readonly fleet: Fleet;
  readonly load: Load;
  readonly reader: StreamReader;
}

type Check = (aftermath: Aftermath) => Promise<string[]> | string[];

/** Every hook that was answered took effect, none waits and none is parked. */
async function answeredIsApplied({ fleet, load }: Aftermath): Promise<string[]> {
  const { rows } = await fleet.pool.query<{ event_id: string; status: string; error: string }>(
    'select event_id, status, error from hook_events',
  );
  const known = new Map(rows.map((row) => [row.event_id, row]));
  const lost = [...load.answered].filter((id) => !known.has(id)).map((id) => `${id} is lost`);
  const undone = rows
    .filter(({ status }) => status !== 'applied')
    .map(({ event_id: id, status, error }) => `${id} is ${status}: ${error}`);
  return [...lost, ...undone];
}

/** Once: a second application would leave a second turn, command or transition. */
async function appliedOnce({ fleet, load }: Aftermath): Promise<string[]> {
  const { rows } = await fleet.pool.query<{
    session: string;
    turns: number;
    commands: number;
    transitions: number;
  }>(
    `select session_id as session,
       (select count(*)::int from turns t where t.agent_id = a.id) as turns,
       (select count(*)::int from commands c where c.agent_id = a.id) as commands,
       (select count(*)::int from transitions s where s.agent_id = a.id) as transitions
     from agents a`,
  );
  const problems = [...load.turnsOf.keys()]
    .filter((session) => rows.filter((row) => row.session === session).length !== 1)
    .map((session) => `${session} does not have exactly one agent`);
  for (const { session, ...found } of rows) {
    const turns = load.turnsOf.get(session) ?? 0;
    // One idle at the start, then: at work (prompt), at work (tool), asks, at work, finished.
    const wanted = { turns: 3 * turns, commands: turns, transitions: 1 + 5 * turns };
    if (!isDeepStrictEqual(found, wanted)) {
      problems.push(`${session} has ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`);
    }
  }
  return problems;
}

/** In order: what was answered before the next was sent has an older transition. */
async function inOrder({ fleet }: Aftermath): Promise<string[]> {
  const { rows } = await fleet.pool.query<{ session: string; prompts: string[] }>(
    `select a.session_id as session, array_agg(c.prompt order by c.id) as prompts
     from commands c join agents a on a.id = c.agent_id group by 1`,
  );
  return rows.flatMap(({ session, prompts }) =>
    prompts.every((prompt, n) => prompt === `prompt ${n + 1}`)
      ? []
      : [`${session} has its prompts in another order`],
  );
}

/** The reader has every position of the stream once, in order, with the content of the table. */
async function nothingMissed({ fleet, reader }: Aftermath): Promise<string[]> {
  const { rows } = await fleet.pool.query<{ id: string; data: string }>(
    'select position as id, message as data from stream order by position',
  );
  const stored = rows.map(({ id, data }) => ({ id: Number(id), data }));
  const first = stored.findIndex((row, n) => !isDeepStrictEqual(row, reader.messages[n]));
  if (first !== -1) return [`the reader differs from the stream at its message ${first}`];
  return reader.messages.length === stored.length
    ? []
    : [`the reader has ${reader.messages.length} of ${stored.length} messages`];
}

/** What was announced last of each agent is what a fresh look gives. */
async function announcedIsTrue({ fleet, reader }: Aftermath): Promise<string[]> {
  const server = fleet.members.flatMap((member) => member.server ?? [])[0];
  if (server === undefined) return ['no server is up'];
  const answer = await fetch(`${server.url}/api/agents?include=ended`, {
    headers: { authorization: `Bearer ${server.operatorToken}` },
  });
  const { agents } = z.object({ agents: z.array(AgentView) }).parse(await answer.json());
  return agents.flatMap((agent) =>
    isDeepStrictEqual(agent, reader.agents.get(agent.id))
      ? []
      : [`${agent.name} (${agent.id}) was announced differently`],
  );
}

/** No write went past the locks, and no server met an error that is a mistake of ours. */
function noMistakes({ fleet }: Aftermath): string[] {
  const lines = fleet.output().split('\n');
  return lines.filter((line) => line.includes(RACE) || /"level":(50|60)|^\s+at /.test(line));
}

/** Nobody works: no lock of an agent is left behind. */
async function noLockLeft({ fleet }: Aftermath): Promise<string[]> {
  const { rows } = await fleet.pool.query<{ objid: number; pid: number }>(
    `select objid, pid from pg_locks where locktype = 'advisory' and classid = 1 and objsubid = 2`,
  );
  return rows.map(({ objid, pid }) => `the lock of agent ${objid} is held by backend ${pid}`);
}

export const CHECKS: Readonly<Record<string, Check>> = {
  'answered is applied': answeredIsApplied,
  'applied once': appliedOnce,
  'in order': inOrder,
  'nothing missed by a reader': nothingMissed,
  'announced is true': announcedIsTrue,
  'no mistakes in the logs': noMistakes,
  'no lock left': noLockLeft,
};
