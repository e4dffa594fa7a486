/**
 * Asks for a handoff: a row and its job in one write of the agent's section. The same idempotency
 * key again gives the same handoff, from any server; another one is refused while one is open.
 */
import { randomUUID } from 'node:crypto';
import type { HandoffTrigger } from '@headspace/contract';
import { storable } from '../../domain/display.ts';
import { inputKey } from '../../domain/input-key.ts';
import { normalForm } from '../../domain/prompt-text.ts';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { type LoadedAgent, withAgents } from '../agents/index.ts';
import { assertReachable, existingAgent } from '../prompts/index.ts';
import type { HandoffContext } from './context.ts';
import { deadlineOf } from './handoff-section.ts';
import {
  addHandoff,
  agentsAtMark,
  findHandoff,
  findHandoffByKey,
  findOpenHandoff,
  type HandoffRow,
  nextHandoffId,
} from './queries.ts';

export interface HandoffRequest {
  readonly trigger: HandoffTrigger;
  readonly reason: string | null;
  readonly note: string | null;
  /** Null: this request is of its own and cannot be repeated. */
  readonly key: string | null;
}

const LOCK_TIMEOUT_MS = 10_000;

/** @throws HeadspaceError not_found, key_reused, agent_ended, agent_sealed, agent_unreachable, handoff_open */
export async function requestHandoff(
  context: HandoffContext,
  agentId: number,
  { trigger, reason, note, key: given }: HandoffRequest,
): Promise<{ handoff: HandoffRow; created: boolean }> {
  const { pool } = context;
  const key = given ?? randomUUID();
  const request = inputKey('handoff', { reason, note }, null);
  const known = async () => {
    const earlier = await findHandoffByKey(pool, agentId, key);
    if (earlier === undefined || earlier.request === request) return earlier;
    throw new HeadspaceError('key_reused', `The key belongs to handoff ${earlier.id}.`);
  };
  const options = { purpose: 'handoff', timeoutMs: LOCK_TIMEOUT_MS };
  return withAgents(context, [agentId], options, async (section) => {
    const agent = existingAgent(section, agentId);
    const earlier = await known();
    if (earlier !== undefined) return { handoff: earlier, created: false };
    assertReachable(agent);
    const row = newRow(context, agent, await nextHandoffId(pool), {
      trigger,
      reason,
      key,
      request,
    });
    const plain = note === null ? '' : normalForm(note, { command: true });
    const handoff = {
      ...row,
      reason: reason === null ? null : storable(reason),
      note: plain === '' ? null : plain,
    };
    await assertNoneOpen(context, agent);
    agent.state.activity.handoff = {
      id: handoff.id,
      state: 'requested',
      promptId: null,
      holds: false,
    };
    await section.persist([], async (client) => {
      if (!(await addHandoff(client, handoff))) throw isOpen(agentId, null);
    });
    return { handoff: (await findHandoff(pool, handoff.id)) ?? handoff, created: true };
  });
}

/** While an agent is examined, its prompts wait for that; the exam would be handed over with them. */
async function assertNoneOpen({ pool }: HandoffContext, agent: LoadedAgent): Promise<void> {
  const open = await findOpenHandoff(pool, agent.id);
  const { handoff } = agent.state.activity;
  if (open !== undefined) throw isOpen(agent.id, open.id);
  if (handoff?.state === 'examining') throw isOpen(agent.id, handoff.id);
}

function isOpen(agentId: number, id: number | null): HeadspaceError {
  const which = id === null ? 'A handoff' : `Handoff ${id}`;
  return new HeadspaceError('handoff_open', `${which} of agent ${agentId} is open.`);
}

function newRow(
  context: HandoffContext,
  agent: LoadedAgent,
  id: number,
  given: Pick<HandoffRow, 'trigger' | 'reason' | 'key' | 'request'>,
): HandoffRow {
  const at = context.clock.now();
  return {
    ...given,
    id,
    agentId: agent.id,
    successorId: null,
    launchId: null,
    host: agent.host,
    note: null,
    state: 'requested',
    failedIn: null,
    why: null,
    attempt: 1,
    path: null,
    promptId: null,
    questions: [],
    answer: null,
    score: null,
    missed: [],
    createdAt: new Date(at),
    changedAt: new Date(at),
    deadlineAt: new Date(at + deadlineOf(context, 'requested')),
  };
}

const BATCH = 20;
/** Of an agent's handoffs by the mark there is one: this is its key. */
const MARK_KEY = 'context';

/**
 * Requests a handoff of each agent whose context is as full as `handoff.atPercent`; it is asked at
 * its next rest. Nothing is done where the setting is 0. Returns how many were requested.
 */
export async function requestAtMark(
  context: HandoffContext,
  signal?: AbortSignal,
): Promise<number> {
  const percent = context.settings['handoff.atPercent'];
  if (percent === 0) return 0;
  let requested = 0;
  for (const id of await agentsAtMark(context.pool, percent, BATCH)) {
    if (signal?.aborted === true) break;
    const reason = `context use has reached ${percent} %`;
    const request = { trigger: 'context', reason, note: null, key: MARK_KEY } as const;
    try {
      if ((await requestHandoff(context, id, request)).created) requested += 1;
    } catch (error) {
      // It has ended, or somebody has asked meanwhile: the next look tells.
      if (!(error instanceof HeadspaceError)) throw error;
    }
  }
  return requested;
}
