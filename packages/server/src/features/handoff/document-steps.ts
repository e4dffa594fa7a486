/** From the request to the document: the agent is asked at its rest, and the file is watched. */
import {
  type Document,
  missingSections,
  readDocument,
  SECTION_NAMES,
} from '../../domain/handoff-document.ts';
import { makeExam } from '../../domain/handoff-exam.ts';
import { askText } from '../../domain/handoff-words.ts';
import { findAgent } from '../agents/index.ts';
import { findPrompt } from '../prompts/index.ts';
import type { HandoffContext } from './context.ts';
import { prepareDocument, readDocumentFile } from './document-file.ts';
import { addOwnPrompt, failHandoff, inHandoff, isSame, stepped } from './handoff-section.ts';
import type { HandoffRow } from './queries.ts';
import { type Next, waitOrFail } from './step.ts';

/** `requested`: puts the request into the agent's queue and waits for its arrival. */
export async function ask(
  context: HandoffContext,
  handoff: HandoffRow,
  signal: AbortSignal,
): Promise<Next> {
  if (handoff.promptId === null) return putRequest(context, handoff, signal);
  const prompt = await findPrompt(context.pool, handoff.agentId, handoff.promptId);
  if (prompt === undefined) {
    await failHandoff(context, handoff, 'the request to the agent is gone', signal);
    return 'done';
  }
  switch (prompt.state) {
    case 'accepted':
      return toAsked(context, handoff, signal);
    case 'cancelled':
    case 'failed': {
      const why = prompt.reason ?? 'it was taken back';
      await failHandoff(context, handoff, `the request did not arrive: ${why}`, signal);
      return 'done';
    }
    default:
      return waitOrFail(context, handoff, signal, {
        waits: prompt.reason ?? 'the request is on its way to the agent',
        missed: 'the agent did not come to rest in time',
      });
  }
}

async function putRequest(
  context: HandoffContext,
  seen: HandoffRow,
  signal: AbortSignal,
): Promise<Next> {
  const { id, note, attempt } = seen;
  const path = await prepareDocument(context.folder, id).catch(() => null);
  if (path === null) {
    const why = `the folder ${context.folder} cannot be written`;
    await failHandoff(context, seen, why, signal);
    return 'done';
  }
  // After a failure the document may have come at last.
  if (attempt > 1 && (await completeDocument(path)) !== null) {
    return toAsked(context, { ...seen, path }, signal);
  }
  const text = askText({ id, path, note });
  const options = { purpose: 'handoff: ask', signal };
  await inHandoff(context, seen, options, async ({ section, handoff, predecessor }) => {
    if (!isSame(seen, handoff) || handoff.promptId !== null) return null;
    const key = `handoff-${id}-document-${attempt}`;
    const prompt = { text, key, place: 'first' } as const;
    const promptId = await addOwnPrompt(context, section, predecessor, prompt);
    return { row: { ...handoff, path, promptId, changedAt: new Date(context.clock.now()) } };
  });
  context.onQueued(seen.agentId);
  return 'again';
}

async function toAsked(
  context: HandoffContext,
  seen: HandoffRow,
  signal: AbortSignal,
): Promise<Next> {
  const options = { purpose: 'handoff: asked', signal };
  await inHandoff(context, seen, options, async ({ handoff }) => {
    await Promise.resolve();
    if (!isSame(seen, handoff)) return null;
    const row = stepped(context, handoff, 'ask', { path: seen.path });
    return row === null ? null : { row };
  });
  return 'again';
}

/**
 * `asked`: the document counts once it is complete and two looks in a row have found it the same.
 * `mark` is what the look before has found.
 */
export async function awaitDocument(
  context: HandoffContext,
  handoff: HandoffRow,
  mark: string | null,
  signal: AbortSignal,
): Promise<Next | { readonly mark: string }> {
  const look = await readDocumentFile(handoff.path ?? '');
  if (look.kind !== 'there') {
    const waits = look.kind === 'refused' ? look.why : await whyAbsent(context, handoff);
    const missed = look.kind === 'refused' ? look.why : 'the agent did not write the document';
    return waitOrFail(context, handoff, signal, { waits, missed });
  }
  const document = readDocument(look.text);
  const missing = missingSections(document);
  if (missing.length > 0) {
    const names = missing.map((name) => `"${name}"`).join(', ');
    const what = `the document lacks ${names}, of ${SECTION_NAMES.length} sections`;
    return waitOrFail(context, handoff, signal, { waits: what, missed: what });
  }
  if (look.mark !== mark) return { mark: look.mark };
  const options = { purpose: 'handoff: written', signal };
  await inHandoff(context, handoff, options, async ({ handoff: now }) => {
    await Promise.resolve();
    if (!isSame(handoff, now)) return null;
    const row = stepped(context, now, 'write', {
      promptId: null,
      questions: makeExam(document),
    });
    return row === null ? null : { row };
  });
  return 'again';
}

async function whyAbsent({ pool }: HandoffContext, { agentId }: HandoffRow): Promise<string> {
  const agent = await findAgent(pool, agentId);
  if (agent === undefined || agent.ended_at !== null)
    return 'the agent has ended, without a document';
  const { attention, reason } = agent.activity.shown;
  return attention === 'needs_you'
    ? `the agent waits for you: ${reason}`
    : 'the document is not there yet';
}

async function completeDocument(path: string): Promise<Document | null> {
  const look = await readDocumentFile(path);
  if (look.kind !== 'there') return null;
  const document = readDocument(look.text);
  return missingSections(document).length === 0 ? document : null;
}
