/**
 * Puts a prompt into an agent's queue. The same idempotency key again gives the same prompt, from
 * any server, also after the answer to the first request was lost.
 */
import type { PromptKind } from '@headspace/contract';
import { randomUUID } from 'node:crypto';
import { inputKey } from '../../domain/input-key.ts';
import { normalForm, promptProblem } from '../../domain/prompt-text.ts';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { withAgents } from '../agents/index.ts';
import type { PromptsContext } from './context.ts';
import { findPromptByKey, type PromptRow, queueEnds } from './queries.ts';
import {
  assertReachable,
  assertRoom,
  existingAgent,
  LOCK_TIMEOUT_MS,
  waitsFor,
} from './targets.ts';

export interface PromptRequest {
  text: string;
  command: boolean;
  /** Null: this request is of its own and cannot be repeated. */
  key: string | null;
}

/** @throws HeadspaceError not_found, invalid_payload, key_reused, agent_ended, agent_unreachable, queue_full */
export async function takePrompt(
  context: PromptsContext,
  agentId: number,
  request: PromptRequest,
): Promise<{ prompt: PromptRow; created: boolean }> {
  const kind: PromptKind = request.command ? 'command' : 'text';
  const body = sendable(request.text, kind, context.settings['prompts.maxCharacters']);
  const fingerprint = inputKey('prompt', { body, kind }, null);
  const key = request.key ?? randomUUID();
  const known = await findPromptByKey(context.pool, agentId, key);
  if (known !== undefined) return { prompt: sameRequest(known, fingerprint), created: false };
  const options = { purpose: 'prompt', timeoutMs: LOCK_TIMEOUT_MS };
  const result = await withAgents(context, [agentId], options, async (section) => {
    const agent = existingAgent(section, agentId);
    const earlier = await findPromptByKey(context.pool, agentId, key);
    if (earlier !== undefined) return { prompt: sameRequest(earlier, fingerprint), created: false };
    assertReachable(agent);
    assertRoom(agent, context.settings['prompts.maxQueued']);
    const { nextId: id, last: position } = await queueEnds(context.pool, agentId);
    const at = context.now();
    const reason = waitsFor(agent, context.hostId);
    const added = { id, key, request: fingerprint, body, kind, position, reason, at };
    section.addPrompt(agent, added);
    await section.persist();
    const prompt = await findPromptByKey(context.pool, agentId, key);
    if (prompt === undefined) throw new Error(`prompt ${id} was written and is not there`);
    return { prompt, created: true };
  });
  if (result.created) context.onQueued(agentId);
  return result;
}

/** The normal form. @throws HeadspaceError invalid_payload where it cannot be sent */
export function sendable(text: string, kind: PromptKind, maxCharacters: number): string {
  const body = normalForm(text, { command: kind === 'command' });
  const problem = promptProblem(body, kind, maxCharacters);
  if (problem === null) return body;
  throw new HeadspaceError('invalid_payload', `The prompt ${problem}.`, {
    errors: [{ path: 'text', message: problem }],
  });
}

function sameRequest(prompt: PromptRow, fingerprint: string): PromptRow {
  if (prompt.request === fingerprint) return prompt;
  throw new HeadspaceError('key_reused', `The key belongs to prompt ${prompt.id}.`);
}
