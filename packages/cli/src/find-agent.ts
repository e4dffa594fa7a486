/** Which agent a person means: by number, by name, or by the beginning of one. */
import { AgentView } from '@headspace/contract';
import { get } from './api.ts';
import type { Site } from './context.ts';
import { CliError, EXIT } from './errors.ts';

const Answer = {
  parse: (value: unknown): AgentView[] => {
    const agents = typeof value === 'object' && value !== null && 'agents' in value && value.agents;
    return AgentView.array().parse(agents);
  },
};

const MOST_NAMED = 5;

/** The agents of the server; those that have ended only with `all`. */
export async function fetchAgents(site: Site, all: boolean): Promise<AgentView[]> {
  return get(site, all ? '/api/agents?include=ended' : '/api/agents', Answer);
}

/**
 * The one agent that `given` names. Living ones come first: what fits one of them is never an
 * ended one. Throws CliError where none or several fit.
 */
export async function findAgent(site: Site, given: string): Promise<AgentView> {
  const agents = await fetchAgents(site, true);
  const living = agents.filter(({ attention }) => attention !== 'ended');
  const found = pick(living, given) ?? pick(agents, given);
  if (found !== undefined) return found;
  throw new CliError(`There is no agent "${given}"`, {
    hint: 'Name it by its number, its name or the beginning of it: `headspace agents` shows them.',
    exitCode: EXIT.usage,
  });
}

function pick(agents: readonly AgentView[], given: string): AgentView | undefined {
  const number = given.replace(/^#/, '');
  const ways: ((agent: AgentView) => boolean)[] = [
    ({ id }) => String(id) === number,
    ({ name, uuid, sessionId }) => name === given || uuid === given || sessionId === given,
    ({ project }) => project.name === given,
    ({ name, uuid }) => name.startsWith(given) || uuid.startsWith(given),
  ];
  for (const fits of ways) {
    const found = agents.filter(fits);
    if (found.length > 1) throw ambiguous(found, given);
    if (found[0] !== undefined) return found[0];
  }
  return undefined;
}

function ambiguous(found: readonly AgentView[], given: string): CliError {
  const named = found.slice(0, MOST_NAMED).map(({ id, name }) => `${id} (${name})`);
  const rest = found.length > MOST_NAMED ? `, and ${found.length - MOST_NAMED} more` : '';
  return new CliError(`"${given}" fits ${found.length} agents: ${named.join(', ')}${rest}`, {
    hint: 'Name one by its number.',
    exitCode: EXIT.usage,
  });
}
