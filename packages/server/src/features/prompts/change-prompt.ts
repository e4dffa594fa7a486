/**
 * What a person does with a prompt that is in the queue: edit, put first, cancel, send again. Under
 * the agent's lock, so that a delivery that has begun is never changed under its hands.
 */
import type { PromptPatch } from '@headspace/contract';
import { type PromptStep, stepPrompt } from '../../domain/prompt-step.ts';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { type LoadedAgent, type Section, withAgents } from '../agents/index.ts';
import type { PromptsContext } from './context.ts';
import { findPrompt, type PromptRow, queueEnds } from './queries.ts';
import { sendable } from './take-prompt.ts';
import {
  assertReachable,
  assertRoom,
  existingAgent,
  LOCK_TIMEOUT_MS,
  waitsFor,
} from './targets.ts';

export interface PromptName {
  agentId: number;
  promptId: number;
}

/** @throws HeadspaceError not_found, prompt_not_queued, prompt_changed, invalid_payload */
export async function editPrompt(
  context: PromptsContext,
  name: PromptName,
  patch: PromptPatch,
): Promise<PromptRow> {
  return change(context, name, 'edit prompt', async (_agent, prompt) => {
    if (prompt.state !== 'queued') throw notAllowed(prompt, 'edited');
    if (prompt.revision !== patch.revision) {
      throw new HeadspaceError('prompt_changed', `It is at revision ${prompt.revision} now.`);
    }
    const command = patch.command ?? prompt.kind === 'command';
    const kind = command ? ('command' as const) : ('text' as const);
    const words =
      patch.text === undefined && patch.command === undefined
        ? {}
        : {
            body: sendable(
              patch.text ?? prompt.body,
              kind,
              context.settings['prompts.maxCharacters'],
            ),
            kind,
          };
    const place =
      patch.next === true ? { position: (await queueEnds(context.pool, name.agentId)).first } : {};
    return { signal: 'edit', ...words, ...place };
  });
}

/** Of a failed one it says that nobody has to look at it any more. Cancelling twice is no fault. */
export async function cancelPrompt(context: PromptsContext, name: PromptName): Promise<PromptRow> {
  return change(context, name, 'cancel prompt', async (_agent, prompt) => {
    if (prompt.state === 'cancelled') return null;
    if (prompt.state !== 'queued' && prompt.state !== 'failed')
      throw notAllowed(prompt, 'cancelled');
    return { signal: 'cancel' };
  });
}

/** Back to its old place in the queue. @throws HeadspaceError also agent_ended, agent_unreachable, queue_full */
export async function retryPrompt(context: PromptsContext, name: PromptName): Promise<PromptRow> {
  return change(context, name, 'retry prompt', async (agent, prompt) => {
    if (prompt.state !== 'failed' && prompt.state !== 'cancelled') {
      throw notAllowed(prompt, 'sent again');
    }
    assertReachable(agent);
    assertRoom(agent, context.settings['prompts.maxQueued']);
    return { signal: 'requeue', reason: waitsFor(agent, context.hostId) };
  });
}

/** `decide` gives the step, or null where nothing has to change. */
async function change(
  context: PromptsContext,
  { agentId, promptId }: PromptName,
  purpose: string,
  decide: (agent: LoadedAgent, prompt: PromptRow) => Promise<PromptStep | null>,
): Promise<PromptRow> {
  // An agent of whom nothing is asked is not locked.
  await existingPrompt(context, agentId, promptId);
  const options = { purpose, timeoutMs: LOCK_TIMEOUT_MS };
  const changed = await withAgents(context, [agentId], options, async (section) => {
    const agent = existingAgent(section, agentId);
    const prompt = await existingPrompt(context, agentId, promptId);
    const step = await decide(agent, prompt);
    if (step === null) return prompt;
    applyStep(section, agent, prompt, step, context.now());
    await section.persist();
    return existingPrompt(context, agentId, promptId);
  });
  if (changed.state === 'queued') context.onQueued(agentId);
  return changed;
}

/** Takes one step in the section's books. @throws HeadspaceError prompt_not_queued where it is refused */
export function applyStep(
  section: Section,
  agent: LoadedAgent,
  prompt: Pick<PromptRow, 'id' | 'state'>,
  step: PromptStep,
  at: number,
): void {
  const change = stepPrompt(agent.state.activity, prompt, step, at);
  if (change === null) throw notAllowed(prompt, `changed by "${step.signal}"`);
  section.changePrompt(agent, change);
}

async function existingPrompt(context: PromptsContext, agentId: number, promptId: number) {
  const prompt = await findPrompt(context.pool, agentId, promptId);
  if (prompt === undefined) {
    throw new HeadspaceError('not_found', `Agent ${agentId} has no prompt ${promptId}.`);
  }
  return prompt;
}

function notAllowed({ id, state }: Pick<PromptRow, 'id' | 'state'>, what: string): HeadspaceError {
  return new HeadspaceError('prompt_not_queued', `Prompt ${id} is ${state} and cannot be ${what}.`);
}
