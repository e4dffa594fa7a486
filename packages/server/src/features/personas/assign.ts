/** Gives a running agent a persona, or takes it away. The text is typed into its session. */
import { randomUUID } from 'node:crypto';
import type { LaunchPurpose } from '@headspace/contract';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { withAgents } from '../agents/index.ts';
import { claim } from './claim.ts';
import type { PersonasContext } from './context.ts';
import { gatherPersona } from './folder.ts';
import { findInjectionOf, injectionsOfSession, isRemote, nextInjectionId } from './queries.ts';

const LOCK_TIMEOUT_MS = 10_000;

/** Why this persona cannot be given to such a launch, one sentence; null where it can. */
export async function personaProblem(
  context: Pick<PersonasContext, 'home'>,
  slug: string | null,
  purpose: LaunchPurpose,
): Promise<string | null> {
  const gathered = await gatherPersona(context, slug);
  if (gathered.kind === 'unusable') return sentence(gathered.problem);
  if (purpose !== 'remote' || gathered.guarded) return null;
  return 'A remote agent needs guardrails: write HEADSPACE_HOME/guardrails.md, or guardrails.md of the persona.';
}

/**
 * The same key again does nothing. Null takes the persona away; what the agent was told stays in
 * its context until that is cleared.
 * @throws HeadspaceError not_found, persona_unusable, agent_ended, agent_unreachable
 */
export async function assignPersona(
  context: PersonasContext,
  agentId: number,
  persona: string | null,
  key: string = randomUUID(),
): Promise<void> {
  const { pool, now } = context;
  const eventId = `person:${agentId}:${key}`;
  if ((await findInjectionOf(pool, eventId)) !== undefined) return;
  if (persona !== null) {
    const problem = await personaProblem(context, persona, 'person');
    if (problem !== null) throw new HeadspaceError('persona_unusable', problem);
  }
  const options = { purpose: 'persona', timeoutMs: LOCK_TIMEOUT_MS };
  await withAgents(context, [agentId], options, async (section) => {
    const agent = section.agents.get(agentId);
    if (agent === undefined) throw new HeadspaceError('not_found', `There is no agent ${agentId}.`);
    if ((await findInjectionOf(pool, eventId)) !== undefined) return;
    if (agent.state.ending !== null) throw new HeadspaceError('agent_ended');
    if (persona !== null && (agent.tmuxPane === null || agent.kind === 'print')) {
      throw new HeadspaceError('agent_unreachable');
    }
    agent.persona = persona;
    if (persona === null) {
      const remote = await isRemote(pool, agent.launchId);
      section.apply(agent, (state) => ({
        agent: { ...state, activity: withoutPersona(state.activity, remote) },
        outcome: 'no persona any more',
      }));
      await section.persist();
      return;
    }
    const past = await injectionsOfSession(pool, agent.sessionId);
    const also = claim(section, agent, {
      id: await nextInjectionId(pool),
      agentId,
      sessionId: agent.sessionId,
      context: Math.max(1, ...past.map((one) => one.context)),
      cause: 'person',
      how: 'typed',
      hookEventId: null,
      eventId,
      persona,
      token: randomUUID(),
      at: now(),
    });
    await section.persist([], also);
  });
}

/** What holds a remote agent back is not lifted by taking its persona away. */
function withoutPersona<A extends { persona?: unknown }>(activity: A, remote: boolean): A {
  if (remote) return activity;
  const { persona: _, ...rest } = activity;
  return rest as A;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
