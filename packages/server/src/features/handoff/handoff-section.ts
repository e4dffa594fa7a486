/**
 * The one way to move a handoff on: in the section of the agent that hands over, and of its successor
 * where there is one, on the row as it is read there. What is decided outside is decided again inside.
 */
import type { HandoffState } from '@headspace/contract';
import {
  type HandoffMark,
  type HandoffSignal,
  handoffStep,
  isStep,
  type HandoffStep,
} from '../../domain/handoff.ts';
import { inputKey } from '../../domain/input-key.ts';
import { normalForm } from '../../domain/prompt-text.ts';
import {
  type LoadedAgent,
  type Section,
  type SectionOptions,
  withAgents,
} from '../agents/index.ts';
import { applyStep, findPrompt, queueEnds } from '../prompts/index.ts';
import type { HandoffContext } from './context.ts';
import { type Client, findHandoff, type HandoffRow, saveHandoff } from './queries.ts';

export interface Inside {
  readonly section: Section;
  readonly handoff: HandoffRow;
  readonly predecessor: LoadedAgent;
  /** Null where it was not named, or does not exist. */
  readonly successor: LoadedAgent | null;
}

/** What becomes of the row; `first` is written before it, in the same transaction. */
export interface Move {
  readonly row: HandoffRow;
  readonly first?: (client: Client) => Promise<Partial<HandoffRow>>;
}

export interface HandoffSectionOptions extends SectionOptions {
  /** Named too, and locked at the same time: the ids ascend. */
  readonly successorId?: number | null;
}

/** Runs `decide` on fresh rows and writes what it gives; null changes nothing. The row as it is then. */
export async function inHandoff(
  context: HandoffContext,
  { id, agentId }: Pick<HandoffRow, 'id' | 'agentId'>,
  { successorId = null, ...options }: HandoffSectionOptions,
  decide: (inside: Inside) => Promise<Move | null>,
): Promise<HandoffRow | undefined> {
  const ids = successorId === null ? [agentId] : [agentId, successorId].toSorted((a, b) => a - b);
  return withAgents(context, ids, options, async (section) => {
    const handoff = await findHandoff(context.pool, id);
    const predecessor = section.agents.get(agentId);
    if (handoff === undefined || predecessor === undefined) return undefined;
    const successor = successorId === null ? null : (section.agents.get(successorId) ?? null);
    const move = await decide({ section, handoff, predecessor, successor });
    if (move === null) return handoff;
    mark(predecessor, successor, move.row);
    let saved = move.row;
    await section.persist([], async (client) => {
      saved = { ...saved, ...(await move.first?.(client)) };
      await saveHandoff(client, handoff.state, saved);
    });
    return saved;
  });
}

/** The row one step on, in its new state; null where the table refuses the step. */
export function stepped(
  context: HandoffContext,
  handoff: HandoffRow,
  signal: HandoffSignal,
  change: Partial<HandoffRow> = {},
): HandoffRow | null {
  const state = handoffStep(handoff, signal);
  if (state === null) return null;
  const failedIn = signal === 'fail' && isStep(handoff.state) ? handoff.state : null;
  const at = context.clock.now();
  const deadlineMs = isStep(state) ? deadlineOf(context, state) : null;
  return {
    ...handoff,
    state,
    failedIn,
    why: null,
    changedAt: new Date(at),
    deadlineAt: deadlineMs === null ? null : new Date(at + deadlineMs),
    ...change,
  };
}

/** A launch has a deadline of its own; this is for one whose server is gone. */
const LAUNCH_SLACK_MS = 60_000;

export function deadlineOf({ settings }: HandoffContext, step: HandoffStep): number {
  switch (step) {
    case 'requested':
      return settings['handoff.askDeadlineMs'];
    case 'asked':
      return settings['handoff.writeDeadlineMs'];
    case 'written':
    case 'launching':
      return settings['launches.deadlineMs'] + LAUNCH_SLACK_MS;
    case 'examining':
      return settings['handoff.examDeadlineMs'];
  }
}

/** Keeps what both agents show of it; who takes the prompts of the present step may be held. */
function mark(predecessor: LoadedAgent, successor: LoadedAgent | null, row: HandoffRow): void {
  const isOpen = row.state !== 'done' && row.state !== 'abandoned';
  const ofSuccessor = row.successorId !== null;
  const put = (agent: LoadedAgent, asks: boolean): void => {
    const { activity } = agent.state;
    const known = activity.handoff ?? null;
    // An agent can have taken over and hand over already: the younger handoff is shown.
    if (known !== null && known.id > row.id) return;
    activity.handoff = isOpen ? markOf(row, asks, known) : null;
  };
  put(predecessor, !ofSuccessor);
  if (successor !== null && ofSuccessor) put(successor, true);
}

/**
 * From the arrival of its own prompt on, others wait: those of the agent for its successor, those of
 * the successor for its answer. Until then `stepPrompt` tells, when that prompt is claimed.
 */
function markOf(row: HandoffRow, asks: boolean, known: HandoffMark | null): HandoffMark {
  const { id, state } = row;
  const promptId = asks && isStep(state) ? row.promptId : null;
  const isClaimed = promptId !== null && known?.promptId === promptId && known.holds;
  return { id, state, promptId, holds: asks && (isClaimed || HOLDING.has(state)) };
}

const HOLDING: ReadonlySet<HandoffState> = new Set<HandoffState>(['asked', 'written', 'launching']);

/** Puts a prompt of Headspace's own into an agent's queue: first, or behind what waits. */
export async function addOwnPrompt(
  context: HandoffContext,
  section: Section,
  agent: LoadedAgent,
  { text, key, place }: { text: string; key: string; place: 'first' | 'last' },
): Promise<number> {
  // Its length has a bound of its own: `prompts.maxCharacters` is about what people send.
  const body = normalForm(text, { command: false });
  const { nextId: id, first, last } = await queueEnds(context.pool, agent.id);
  const request = inputKey('prompt', { body, kind: 'text' }, null);
  const position = place === 'first' ? first : last;
  const at = context.clock.now();
  section.addPrompt(agent, { id, key, request, body, kind: 'text', position, reason: null, at });
  return id;
}

/** Takes the step's prompt back, where it has not begun to be sent. */
export async function takeBack(
  context: HandoffContext,
  section: Section,
  agent: LoadedAgent | null,
  promptId: number | null,
): Promise<void> {
  if (agent === null || promptId === null) return;
  const prompt = await findPrompt(context.pool, agent.id, promptId);
  if (prompt?.state !== 'queued') return;
  applyStep(section, agent, prompt, { signal: 'cancel' }, context.clock.now());
}

/** The step cannot be done; `why` in words for a person. A repetition changes nothing. */
export async function failHandoff(
  context: HandoffContext,
  seen: HandoffRow,
  why: string,
  signal: AbortSignal,
): Promise<void> {
  const options = { purpose: 'handoff', signal, successorId: seen.successorId };
  await inHandoff(context, seen, options, async ({ section, handoff, predecessor, successor }) => {
    if (!isSame(seen, handoff)) return null;
    await takeBack(
      context,
      section,
      handoff.successorId === null ? predecessor : successor,
      handoff.promptId,
    );
    const row = stepped(context, handoff, 'fail', { why });
    return row === null ? null : { row };
  });
}

/** Notes what it waits for, where that is new. */
export async function noteHandoff(
  context: HandoffContext,
  seen: HandoffRow,
  why: string | null,
  signal: AbortSignal,
): Promise<void> {
  if (seen.why === why) return;
  const options = { purpose: 'handoff', signal };
  await inHandoff(context, seen, options, async ({ handoff }) => {
    await Promise.resolve();
    return isSame(seen, handoff) && handoff.why !== why ? { row: { ...handoff, why } } : null;
  });
}

/** Nobody has moved it on, or resumed it, since it was seen. */
export function isSame(
  seen: { readonly state: HandoffState; readonly attempt: number },
  now: { readonly state: HandoffState; readonly attempt: number },
): boolean {
  return seen.state === now.state && seen.attempt === now.attempt;
}
