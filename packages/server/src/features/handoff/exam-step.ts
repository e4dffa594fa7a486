/** The exam: one prompt to the successor, at rest; its answer is compared with the document. */
import { gradeExam } from '../../domain/handoff-exam.ts';
import { examTag, examText } from '../../domain/handoff-words.ts';
import { END_NOT_SEEN } from '../../domain/rules/session-file.ts';
import { findAgent, type LoadedAgent, type Section } from '../agents/index.ts';
import { storeStop } from '../launches/index.ts';
import { findPrompt } from '../prompts/index.ts';
import type { HandoffContext } from './context.ts';
import { addOwnPrompt, failHandoff, inHandoff, isSame, stepped } from './handoff-section.ts';
import { findAnswer, type HandoffRow } from './queries.ts';
import { type Next, waitOrFail } from './step.ts';

/** Behind the first prompt and before what is handed over. Null where there is nothing to ask. */
export async function addExam(
  context: HandoffContext,
  section: Section,
  successor: LoadedAgent,
  { id, attempt, questions }: HandoffRow,
): Promise<number | null> {
  if (questions.length === 0) return null;
  const text = examText({ id, attempt }, questions);
  const key = `handoff-${id}-questions-${attempt}`;
  return addOwnPrompt(context, section, successor, { text, key, place: 'last' });
}

/** `examining`. */
export async function examine(
  context: HandoffContext,
  handoff: HandoffRow,
  signal: AbortSignal,
): Promise<Next> {
  const { successorId, questions, promptId } = handoff;
  if (successorId === null) {
    await failHandoff(context, handoff, 'the successor is gone', signal);
    return 'done';
  }
  if (questions.length === 0) return finish(context, handoff, null, signal);
  if (promptId === null) return askAgain(context, handoff, successorId, signal);
  const prompt = await findPrompt(context.pool, successorId, promptId);
  // Gone or taken back: a person does not want it, and the rest is done.
  if (prompt === undefined) return finish(context, handoff, null, signal);
  switch (prompt.state) {
    case 'accepted':
      return takeAnswer(context, handoff, { successorId, promptId }, signal);
    case 'cancelled':
      return finish(context, handoff, null, signal);
    case 'failed': {
      const why = prompt.reason ?? 'no reason is known';
      await failHandoff(context, handoff, `the questions did not arrive: ${why}`, signal);
      return 'done';
    }
    default:
      return waitOrFail(context, handoff, signal, {
        waits: prompt.reason ?? 'the questions are on their way to the successor',
        missed: 'the successor did not come to rest in time',
      });
  }
}

async function askAgain(
  context: HandoffContext,
  seen: HandoffRow,
  successorId: number,
  signal: AbortSignal,
): Promise<Next> {
  const options = { purpose: 'handoff: ask the successor', successorId, signal };
  await inHandoff(context, seen, options, async ({ section, handoff, successor }) => {
    if (!isSame(seen, handoff) || handoff.promptId !== null || successor === null) return null;
    const promptId = await addExam(context, section, successor, handoff);
    return { row: { ...handoff, promptId } };
  });
  context.onQueued(successorId);
  return 'again';
}

async function takeAnswer(
  context: HandoffContext,
  handoff: HandoffRow,
  { successorId, promptId }: { successorId: number; promptId: number },
  signal: AbortSignal,
): Promise<Next> {
  const { pool } = context;
  const tag = examTag(handoff.id, handoff.attempt);
  const found = await findAnswer(pool, successorId, promptId, tag);
  if (found?.complete === true && found.answer !== null) {
    return finish(context, handoff, found.answer, signal);
  }
  const agent = await findAgent(pool, successorId);
  // What was said while no server looked is on its way, in the spool or in the transcript.
  const why =
    agent === undefined || agent.ended_at !== null
      ? 'the successor has ended without an answer'
      : found?.complete === true && found.outcome !== END_NOT_SEEN
        ? `the successor has not answered the questions: ${found.outcome ?? 'nothing was said'}`
        : null;
  if (why !== null) {
    await failHandoff(context, handoff, why, signal);
    return 'done';
  }
  return waitOrFail(context, handoff, signal, {
    waits: 'the successor answers the questions',
    missed: 'the successor did not answer the questions in time',
  });
}

/** Without an answer there is no score. */
async function finish(
  context: HandoffContext,
  seen: HandoffRow,
  answer: string | null,
  signal: AbortSignal,
): Promise<Next> {
  const graded = answer === null ? null : gradeExam(seen.questions, answer);
  const options = { purpose: 'handoff: done', successorId: seen.successorId, signal };
  await inHandoff(context, seen, options, async ({ handoff, predecessor }) => {
    await Promise.resolve();
    if (!isSame(seen, handoff)) return null;
    const row = stepped(context, handoff, 'finish', { answer, ...graded, promptId: null });
    if (row === null) return null;
    const { launchId } = predecessor;
    const ends = context.settings['handoff.endPredecessor'] && launchId !== null;
    if (!ends) return { row };
    const first = async (client: Parameters<typeof storeStop>[0]) => {
      await storeStop(client, launchId, context.clock.now());
      return {};
    };
    return { row, first };
  });
  if (seen.successorId !== null) context.onQueued(seen.successorId);
  return 'done';
}
