/** Makes an agent the one that a launch has started: in its section, with the launch's own row. */
import { inputKey } from '../../domain/input-key.ts';
import type { AlsoWrite, LoadedAgent, Section } from '../agents/index.ts';
import { queueEnds } from '../prompts/index.ts';
import type { Pool } from 'pg';
import { type LaunchRow, stepLaunch } from './queries.ts';

/**
 * Changes the agent in memory and gives what else is to be written by the section's `persist`. Where
 * the launch has been given up meanwhile the agent keeps its name for the history, and its terminal
 * is closed by the launch. A launch that is another agent's already is refused by the unique index.
 */
export async function linkLaunch(
  pool: Pool,
  section: Section,
  agent: LoadedAgent,
  launch: LaunchRow,
  at: number,
): Promise<AlsoWrite> {
  agent.launchId = launch.id;
  agent.launchedFor = launch.purpose;
  agent.persona ??= launch.persona;
  if (launch.prompt !== null)
    await queueFirst(pool, section, agent, launch.prompt, launch.uuid, at);
  return async (client) => {
    // From `requested` too: the hook can be quicker than the commit that tells of the start.
    await stepLaunch(client, launch.id, 'starting', at);
    await stepLaunch(client, launch.id, 'running', at, { agentId: agent.id });
  };
}

async function queueFirst(
  pool: Pool,
  section: Section,
  agent: LoadedAgent,
  body: string,
  uuid: string,
  at: number,
): Promise<void> {
  const { nextId: id, first: position } = await queueEnds(pool, agent.id);
  const request = inputKey('prompt', { body, kind: 'text' }, null);
  const key = `launch-${uuid}`;
  section.addPrompt(agent, { id, key, request, body, kind: 'text', position, reason: null, at });
}
