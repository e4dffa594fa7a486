/** Learnings: proposed by agents and programs, decided on by people, kept in experience.md. */
import type { LearningDecision, NewLearningRequest } from '@headspace/contract';
import { z } from 'zod';
import { learningText } from '../../domain/persona-text.ts';
import { defineJob, type Job } from '../../platform/jobs/index.ts';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import type { PersonasContext } from './context.ts';
import { FILE_LIMIT, readPersona } from './folder.ts';
import {
  addProposal,
  decideLearning,
  findLearning,
  findUnwritten,
  type LearningRow,
  markAppended,
} from './learning-queries.ts';
import { appendLearning } from './write-files.ts';

/** A learning of 500 characters with its mark. */
const LINE_BYTES = 2_000;

const learningJobName = (host: string): string => `persona-learning@${host}`;

/** Writes an accepted learning whose decider has died before doing so. */
export function learningJob(context: PersonasContext): Job {
  return defineJob({
    name: learningJobName(context.hostId),
    schema: z.object({ learningId: z.number().int() }),
    run: async ({ learningId }) => {
      const row = await findUnwritten(context.pool, learningId);
      if (row !== undefined) await write(context, row);
      return undefined;
    },
  });
}

/** @throws HeadspaceError not_found */
export async function proposeLearning(
  context: PersonasContext,
  persona: string,
  { text, agentId }: NewLearningRequest,
): Promise<LearningRow> {
  await existingPersona(context, persona);
  const { pool, hostId: host, now } = context;
  const known =
    agentId === undefined
      ? undefined
      : await pool.query('select from agents where id = $1', [agentId]);
  if (known?.rowCount === 0) {
    throw new HeadspaceError('not_found', `There is no agent ${agentId}.`);
  }
  const from = { persona, host, agentId: agentId ?? null, commandId: null };
  const row = await addProposal(pool, { ...from, text: wordsOf(text), at: now() });
  if (row === undefined) throw new Error('a learning was written and is not there');
  return row;
}

/**
 * The first decision wins; the same one again is no fault.
 * @throws HeadspaceError not_found, learning_decided, file_not_writable (decided, and tried again by a job)
 */
export async function decide(
  context: PersonasContext,
  persona: string,
  id: number,
  asked: LearningDecision,
): Promise<LearningRow> {
  const text = asked.text === undefined ? null : wordsOf(asked.text);
  const { pool, now, hostId } = context;
  const state = asked.decision === 'accept' ? 'accepted' : 'rejected';
  if ((await findLearning(pool, persona, id)) === undefined) throw noSuchLearning(id);
  if (state === 'accepted') await assertRoom(context, persona);
  const job = learningJobName(hostId);
  const decided = await decideLearning(pool, id, { state, text, at: now(), job });
  const row = decided ?? (await findLearning(pool, persona, id));
  if (row === undefined) throw noSuchLearning(id);
  if (row.state !== state || (text !== null && row.text !== text)) {
    throw new HeadspaceError('learning_decided', `Learning ${id} is ${row.state}.`);
  }
  if (row.state === 'accepted' && !row.appended) await write(context, row);
  return row;
}

async function write(context: PersonasContext, row: LearningRow): Promise<void> {
  await appendLearning(context, row);
  await markAppended(context.pool, row.id);
}

/** @throws HeadspaceError not_found */
export async function existingPersona(context: PersonasContext, slug: string) {
  const persona = await readPersona(context, slug);
  if (persona === undefined) {
    throw new HeadspaceError('not_found', `There is no persona ${slug}.`);
  }
  return persona;
}

/** Nobody accepts what cannot be written. @throws HeadspaceError not_found, persona_unusable */
async function assertRoom(context: PersonasContext, slug: string): Promise<void> {
  const { files } = await existingPersona(context, slug);
  const file = files.find(({ name }) => name === 'experience.md');
  const full = file !== undefined && file.bytes > FILE_LIMIT - LINE_BYTES;
  const problem = full ? 'is full: shorten it' : (file?.problem ?? null);
  if (problem === null) return;
  throw new HeadspaceError('persona_unusable', `experience.md of ${slug} ${problem}.`);
}

/** @throws HeadspaceError invalid_payload where nothing can be read in it */
function wordsOf(text: string): string {
  const words = learningText(text);
  if (words !== '') return words;
  const errors = [{ path: 'text', message: 'has no visible character' }];
  throw new HeadspaceError('invalid_payload', 'The learning has no words.', { errors });
}

function noSuchLearning(id: number): HeadspaceError {
  return new HeadspaceError('not_found', `This persona has no learning ${id}.`);
}
