/**
 * Takes a claimed injection one step on: into the answer that Claude Code waits for, or into the
 * agent's queue of prompts. Files are read before the lock; under it the claim is looked at again,
 * and what is about to happen is committed before it does.
 */
import { inputKey } from '../../domain/input-key.ts';
import { type OpenInjection, personaActivity } from '../../domain/persona-injection.ts';
import { ANSWER_LIMIT, personaText } from '../../domain/persona-text.ts';
import { normalForm } from '../../domain/prompt-text.ts';
import { type AlsoWrite, type LoadedAgent, type Section, withAgents } from '../agents/index.ts';
import { queueEnds } from '../prompts/index.ts';
import type { PersonasContext } from './context.ts';
import { gatherPersona, type Gathered } from './folder.ts';
import {
  findInjection,
  findInjectionOf,
  type InjectionRow,
  type InjectionStep,
  isRemote,
  stepInjection,
} from './queries.ts';

const NO_GUARDRAILS =
  'there are no guardrails: write them into HEADSPACE_HOME/guardrails.md, or into guardrails.md of the persona';

/** Claude's hook output for the SessionStart of this event; null where there is nothing to say. */
export async function answerStart(
  context: PersonasContext,
  eventId: string,
  withinMs: number,
): Promise<Record<string, unknown> | null> {
  const claimed = await findInjectionOf(context.pool, eventId);
  if (claimed?.how !== 'answer' || claimed.state !== 'claimed') return null;
  const gathered = await gatherPersona(context, claimed.persona);
  const options = { purpose: 'persona', timeoutMs: withinMs };
  return withAgents(context, [claimed.agentId], options, async (section) => {
    const agent = section.agents.get(claimed.agentId);
    const row = await findInjection(context.pool, claimed.id);
    // Typed meanwhile, by whoever thought that nobody answers.
    if (agent === undefined || row?.how !== 'answer' || row.state !== 'claimed') return null;
    const usable = await usableParts(context, agent, gathered);
    if ('problem' in usable) {
      await fail(context, section, agent, row, usable.problem);
      return null;
    }
    const { parts, notice } = usable;
    const text = personaText(parts, row.token, ANSWER_LIMIT);
    keep(section, agent, { open: openOf(row, null), notice, hold: null });
    await section.persist([], (client) =>
      stepInjection(client, row.id, {
        state: 'delivered',
        version: parts.version,
        guardrails: parts.guardrailsVersion,
        at: context.now(),
      }),
    );
    return { hookSpecificOutput: { hookEventName: 'SessionStart', additionalContext: text } };
  });
}

/** Puts it at the front of the agent's queue, unless somebody has dealt with it meanwhile. */
export async function typeInjection(
  context: PersonasContext,
  claimed: InjectionRow,
): Promise<void> {
  const gathered = await gatherPersona(context, claimed.persona);
  const options = { purpose: 'persona' };
  const queued = await withAgents(context, [claimed.agentId], options, async (section) => {
    const agent = section.agents.get(claimed.agentId);
    const row = await findInjection(context.pool, claimed.id);
    if (agent === undefined || row?.state !== 'claimed' || row.promptId !== null) return false;
    if (personaActivity(agent.state.activity).open?.id !== row.id) {
      await fail(context, section, agent, row, 'a later one has taken its place');
      return false;
    }
    const why = whyUntypable(agent);
    const usable = why === null ? await usableParts(context, agent, gathered) : { problem: why };
    if ('problem' in usable) {
      await fail(context, section, agent, row, usable.problem);
      return false;
    }
    await queue(context, section, agent, row, usable);
    return true;
  });
  if (queued) context.onQueued(claimed.agentId);
}

type Usable = {
  parts: Extract<Gathered, { kind: 'parts' }>['parts'];
  notice: string | null;
  remote: boolean;
};

async function queue(
  context: PersonasContext,
  section: Section,
  agent: LoadedAgent,
  row: InjectionRow,
  { parts, notice, remote }: Usable,
): Promise<void> {
  const limit = context.settings['prompts.maxCharacters'];
  const body = normalForm(personaText(parts, row.token, limit), { command: false });
  const { nextId: id, first: position } = await queueEnds(context.pool, agent.id);
  const request = inputKey('prompt', { body, kind: 'text' }, null);
  const key = `persona-${row.id}`;
  const at = context.now();
  section.addPrompt(agent, { id, key, request, body, kind: 'text', position, reason: null, at });
  // It is the first in the queue; a remote agent gets nothing else before it has arrived.
  const { hold } = personaActivity(agent.state.activity);
  keep(section, agent, { open: openOf(row, id), notice, hold: remote ? hold : null });
  await section.persist([], (client) =>
    stepInjection(client, row.id, {
      state: 'claimed',
      how: 'typed',
      promptId: id,
      version: parts.version,
      guardrails: parts.guardrailsVersion,
      at,
    }),
  );
}

/** Without guardrails a remote agent gets nothing, and a local one a notice. */
async function usableParts(
  { pool }: PersonasContext,
  agent: LoadedAgent,
  gathered: Gathered,
): Promise<Usable | { problem: string }> {
  if (gathered.kind === 'unusable') return { problem: gathered.problem };
  const remote = await isRemote(pool, agent.launchId);
  if (gathered.guarded) return { parts: gathered.parts, notice: null, remote };
  return remote
    ? { problem: NO_GUARDRAILS }
    : { parts: gathered.parts, notice: NO_GUARDRAILS, remote };
}

function whyUntypable(agent: LoadedAgent): string | null {
  if (agent.state.ending !== null) return 'the agent has ended';
  if (agent.kind === 'print') return 'a run of `claude -p` takes no prompts';
  return agent.tmuxPane === null ? 'the agent has no tmux pane to type it into' : null;
}

/** It has certainly not arrived. A remote agent stays held; one of a person goes on without. */
async function fail(
  context: PersonasContext,
  section: Section,
  agent: LoadedAgent,
  row: InjectionRow,
  reason: string,
): Promise<void> {
  if (personaActivity(agent.state.activity).open?.id === row.id) {
    const notice = `its persona was not given: ${reason}`;
    const hold = (await isRemote(context.pool, agent.launchId)) ? notice : null;
    keep(section, agent, { open: null, notice, hold });
  }
  await section.persist([], settled(context, row, { state: 'failed', reason }));
}

/** For a section's `persist`. */
export function settled(
  { now }: PersonasContext,
  { id }: InjectionRow,
  step: Omit<InjectionStep, 'at'>,
): AlsoWrite {
  return async (client) => stepInjection(client, id, { ...step, at: now() });
}

/** Changes what the agent's activity keeps of its persona. */
export function keep(
  section: Section,
  agent: LoadedAgent,
  changed: Partial<ReturnType<typeof personaActivity>>,
): void {
  section.apply(agent, (state) => {
    const persona = { ...personaActivity(state.activity), ...changed };
    return { agent: { ...state, activity: { ...state.activity, persona } }, outcome: 'persona' };
  });
}

export function openOf({ id, token }: InjectionRow, promptId: number | null): OpenInjection {
  return { id, token, promptId };
}
