/** The successor: started once for each attempt, then given all that its predecessor had. */
import { firstText, openQuestionsText } from '../../domain/handoff-words.ts';
import { injectionTokens } from '../../domain/persona-text.ts';
import { redactText } from '../../domain/redact.ts';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { findAgent, type LoadedAgent, loadAgent, type Section } from '../agents/index.ts';
import { type CheckedLaunch, checkLaunch, findLaunch, storeLaunch } from '../launches/index.ts';
import { listQueued, queueEnds } from '../prompts/index.ts';
import { stepPrompt } from '../../domain/prompt-step.ts';
import type { HandoffContext } from './context.ts';
import { addExam } from './exam-step.ts';
import {
  addOwnPrompt,
  failHandoff,
  type Inside,
  inHandoff,
  isSame,
  stepped,
} from './handoff-section.ts';
import type { HandoffRow } from './queries.ts';
import { type Next, waitOrFail } from './step.ts';

/** `written`: stores the launch with the step, so that there is one for this attempt. */
export async function launch(
  context: HandoffContext,
  seen: HandoffRow,
  signal: AbortSignal,
): Promise<Next> {
  let checked: CheckedLaunch;
  try {
    checked = await plan(context, seen);
  } catch (error) {
    if (!(error instanceof HeadspaceError)) throw error;
    await failHandoff(context, seen, `the successor cannot be started: ${error.message}`, signal);
    return 'done';
  }
  const options = { purpose: 'handoff: launch', signal };
  await inHandoff(context, seen, options, async ({ handoff }) => {
    await Promise.resolve();
    if (!isSame(seen, handoff)) return null;
    const row = stepped(context, handoff, 'launch');
    if (row === null) return null;
    return {
      row,
      first: async (client) => {
        const stored = await storeLaunch(context.launches, client, checked);
        return { launchId: stored.launch.id };
      },
    };
  });
  return 'again';
}

/** The same project and persona; model and mode as its predecessor was launched with. */
async function plan(context: HandoffContext, handoff: HandoffRow): Promise<CheckedLaunch> {
  const row = await findAgent(context.pool, handoff.agentId);
  if (row === undefined) throw new HeadspaceError('not_found', 'The agent is gone.');
  const agent = loadAgent(row);
  const { id, attempt, note } = handoff;
  const launched =
    agent.launchId === null ? undefined : await findLaunch(context.pool, agent.launchId);
  const { model, permissionMode } = launched ?? { model: null, permissionMode: null };
  return checkLaunch(context.launches, {
    purpose: 'handoff',
    path: agent.project.path,
    prompt: firstText({ id, path: handoff.path ?? '', note }),
    key: `handoff-${id}-${attempt}`,
    ...(agent.persona === null ? {} : { persona: agent.persona }),
    ...(model === null ? {} : { model }),
    ...(permissionMode === null ? {} : { permissionMode }),
  });
}

/** `launching`: waits for the successor's agent, then hands everything over in one write. */
export async function awaitSuccessor(
  context: HandoffContext,
  handoff: HandoffRow,
  signal: AbortSignal,
): Promise<Next> {
  const started =
    handoff.launchId === null ? undefined : await findLaunch(context.pool, handoff.launchId);
  switch (started?.state) {
    case 'requested':
    case 'starting':
      return waitOrFail(context, handoff, signal, {
        waits: started.reason ?? 'Claude Code is being started',
        missed: 'the successor was not started in time',
      });
    case 'running':
      if (started.agentId !== null && !started.agentEnded) {
        return seal(context, handoff, started.agentId, signal);
      }
      await failHandoff(context, handoff, 'the successor has ended', signal);
      return 'done';
    default: {
      const why = started?.reason ?? 'its launch was stopped';
      await failHandoff(context, handoff, `the successor was not started: ${why}`, signal);
      return 'done';
    }
  }
}

async function seal(
  context: HandoffContext,
  seen: HandoffRow,
  successorId: number,
  signal: AbortSignal,
): Promise<Next> {
  const options = { purpose: 'handoff: take over', successorId, signal };
  const row = await inHandoff(context, seen, options, async (inside) => {
    const { section, handoff, predecessor, successor } = inside;
    if (!isSame(seen, handoff) || handoff.launchId !== seen.launchId || successor === null)
      return null;
    // What is being typed into the predecessor's terminal is still its own.
    if (predecessor.prompts.inFlight > 0) return null;
    const next = stepped(context, handoff, 'seal', { successorId });
    if (next === null) return null;
    predecessor.successorId = successorId;
    successor.predecessorId = predecessor.id;
    const promptId = await addExam(context, section, successor, next);
    await moveQuestions(context, section, { ...inside, successor });
    await movePrompts(context, section, { predecessor, successor });
    return { row: { ...next, promptId } };
  });
  context.onQueued(successorId);
  if (row?.state !== 'launching') return 'again';
  const words = {
    waits: 'a prompt is on its way to the predecessor',
    missed: 'a prompt is on its way to the predecessor and does not arrive',
  };
  return waitOrFail(context, seen, signal, words);
}

/** What the predecessor was asking in a dialog that nobody has answered. */
async function moveQuestions(
  context: HandoffContext,
  section: Section,
  { handoff, predecessor, successor }: Inside & { successor: LoadedAgent },
): Promise<void> {
  const open = predecessor.state.activity.dialogs.map(({ summary }) => redactText(summary));
  if (open.length === 0) return;
  const text = openQuestionsText(handoff.id, open);
  const key = `handoff-${handoff.id}-open-questions`;
  await addOwnPrompt(context, section, successor, { text, key, place: 'last' });
}

/** Each is cancelled there and given here, under a key made of it: the words and their order stay. */
async function movePrompts(
  context: HandoffContext,
  section: Section,
  { predecessor, successor }: { predecessor: LoadedAgent; successor: LoadedAgent },
): Promise<void> {
  const at = context.clock.now();
  const waiting = await listQueued(context.pool, predecessor.id);
  for (const [index, prompt] of waiting.entries()) {
    const taken = stepPrompt(predecessor.state.activity, prompt, { signal: 'cancel' }, at);
    if (taken === null) continue;
    if (injectionTokens(prompt.body).length > 0) {
      // The successor is told its own persona.
      section.changePrompt(predecessor, { ...taken, reason: 'its agent has been followed' });
      continue;
    }
    const { nextId: id, last } = await queueEnds(context.pool, successor.id);
    const reason = `handed over to agent ${successor.id} as prompt ${id}`;
    section.changePrompt(predecessor, { ...taken, reason });
    section.addPrompt(successor, {
      id,
      key: `moved-${prompt.id}`,
      request: prompt.request,
      body: prompt.body,
      kind: prompt.kind,
      position: last + 1 + index,
      reason: null,
      at,
    });
  }
}
