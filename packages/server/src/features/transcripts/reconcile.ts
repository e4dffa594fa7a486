/**
 * One batch of one file: read without a lock, write under the agent's. Under the lock the offset is
 * compared again: where another process was faster, nothing is written and the file is read anew.
 */
import type { Logger } from 'pino';
import { applyInjectionTokens, applyPromptSigns, applyTranscriptRead } from '../../domain/apply.ts';
import { emptyLedger } from '../../domain/agent-state.ts';
import type { ContextMarks } from '../../domain/context-use.ts';
import { countsFrom } from '../../domain/rules/transcript.ts';
import { isSpoken } from '../../domain/summary-trigger.ts';
import type { TranscriptPicture } from '../../domain/transcript-picture.ts';
import {
  type AgentsContext,
  findAgent,
  loadAgent,
  type LoadedAgent,
  type Section,
  withAgentOrSkip,
} from '../agents/index.ts';
import { type FileKey, type FileRow, loadFile } from './file-rows.ts';
import { type Batch, type BatchOptions, type BatchRead, readBatch } from './read-batch.ts';
import { knownRows, usageChange, writeBatch } from './write-batch.ts';

export interface ReconcileOptions extends BatchOptions {
  context: AgentsContext;
  now: () => number;
  log: Pick<Logger, 'warn' | 'info'>;
  contextMarks: ContextMarks;
}

export interface TranscriptFile extends FileKey {
  subagent: string | null;
  /** What this process has read of it last. It may be dropped at any time, at the cost of a query. */
  memory?: FileMemory | undefined;
}

interface FileMemory {
  row: FileRow;
  /** The batch behind it, read while the one before was written. */
  ahead: Promise<BatchRead> | null;
}

/**
 * - `more`    the file goes on behind this batch
 * - `done`    read to its end; `lookAgainAt` where the picture has to wait for its hook; what the
 *             file says is of the moment `pictureAt`
 * - `busy`    somebody else holds the agent, or was faster: come again
 * - `missing`, `refused`: nothing to read
 */
export type Reconciled =
  | { kind: 'more' | 'busy' | 'missing' }
  | { kind: 'done'; lookAgainAt: number | null; pictureAt: number }
  | { kind: 'refused'; why: string };

/** With `readAhead`, the next batch is read while this one is written; it is kept in memory. */
export async function reconcileBatch(
  options: ReconcileOptions,
  file: TranscriptFile,
  readAhead = false,
): Promise<Reconciled> {
  const { memory } = file;
  // Whatever fails, the next call begins with what the database knows.
  file.memory = undefined;
  const read = await (memory?.ahead ??
    readBatch(options, file, memory?.row ?? (await loadFile(options.context.pool, file))));
  if (read.kind !== 'batch') return read;
  const { batch } = read;
  const ahead = readAhead && !batch.atEnd ? readBatch(options, file, batch.row) : null;
  // Where this batch fails, nobody asks for the next one.
  ahead?.catch(() => undefined);
  const result = isNews(batch)
    ? await store(options, file, batch)
    : await lookAtEnd(options, file, batch);
  if (result.kind !== 'busy') file.memory = { row: batch.row, ahead };
  return result;
}

function isNews({ known, row, restarted }: Batch): boolean {
  return known === null || row.offset !== known.offset || restarted;
}

async function store(
  options: ReconcileOptions,
  file: TranscriptFile,
  batch: Batch,
): Promise<Reconciled> {
  const { context, log, now } = options;
  const { row, atEnd, restarted } = batch;
  const purpose = 'transcript';
  const result = await withAgentOrSkip(context, file.agentId, { purpose }, async (section) => {
    const agent = section.agents.get(file.agentId);
    const found = await knownRows(context.pool, file, batch);
    if (agent === undefined || !sameProgress(found.file, batch.known)) return false;
    if (batch.signs.length > 0) {
      section.apply(agent, (state, apply) => applyPromptSigns(state, batch.signs, apply));
    }
    if (batch.tokens.length > 0) {
      const { id, host } = agent;
      section.apply(agent, (state, { ledger }) =>
        applyInjectionTokens(state, batch.tokens, { id, host, ledger }),
      );
    }
    if (atEnd) applyPicture(section, agent, file, row.state.picture, options);
    const usage = usageChange(found, batch.usage);
    if (usage.rows.length > 0) {
      const { activity } = agent.state;
      agent.state.activity = { ...activity, usage: usage.sums(activity.usage ?? []) };
    }
    if (batch.turns.some(({ kind }) => isSpoken(kind))) section.askForSummaries(agent);
    await section.persist([], (client) => writeBatch(client, file, row, batch, found, usage.rows));
    return true;
  });
  if (!result.acquired || !result.value) return { kind: 'busy' };
  if (restarted)
    log.info({ agentId: file.agentId, path: file.path }, 'transcript was replaced or cut');
  return atEnd ? done(row.state.picture, now()) : { kind: 'more' };
}

type Progress = Pick<FileRow, 'offset' | 'restarts'> | null;

function sameProgress(fresh: Progress, known: Progress): boolean {
  return fresh?.offset === known?.offset && fresh?.restarts === known?.restarts;
}

function done(picture: TranscriptPicture, now: number): Reconciled {
  return { kind: 'done', lookAgainAt: countsFrom(picture, now), pictureAt: picture.at };
}

/** Nothing new in the file: the picture may have waited for a hook that did not come. */
async function lookAtEnd(
  options: ReconcileOptions,
  file: TranscriptFile,
  { row, atEnd }: Batch,
): Promise<Reconciled> {
  const { picture } = row.state;
  const now = options.now();
  const known = await findAgent(options.context.pool, file.agentId);
  if (
    !atEnd ||
    known === undefined ||
    !changesAnything(loadAgent(known), file, picture, options, now)
  ) {
    return done(picture, now);
  }
  const result = await withAgentOrSkip(
    options.context,
    file.agentId,
    { purpose: 'transcript' },
    async (section) => {
      const fresh = section.agents.get(file.agentId);
      if (fresh === undefined || !changesAnything(fresh, file, picture, options, now)) return;
      applyPicture(section, fresh, file, picture, options, now);
      await section.persist();
    },
  );
  return result.acquired ? done(picture, now) : { kind: 'busy' };
}

/** The same rule on a copy: an agent that would stay as it is is not locked. */
function changesAnything(
  agent: LoadedAgent,
  file: TranscriptFile,
  picture: TranscriptPicture,
  { contextMarks: marks }: ReconcileOptions,
  now: number,
): boolean {
  if (!speaksOfPresent(agent, file, picture)) return false;
  const ledger = emptyLedger();
  const apply = { agentId: agent.id, ledger };
  const facts = { marks, startedModel: agent.model };
  const { agent: after } = applyTranscriptRead(agent.state, picture, now, apply, facts);
  return (
    ledger.transitions.length > 0 ||
    ledger.commands.size > 0 ||
    after.activity.turn !== agent.state.activity.turn ||
    after.activity.context?.at !== agent.state.activity.context?.at
  );
}

/** Of the files of an agent only the one of its present session tells how it stands. */
function speaksOfPresent(
  agent: LoadedAgent,
  file: TranscriptFile,
  picture: TranscriptPicture,
): boolean {
  const says = picture.turn !== null || picture.context !== null;
  return says && file.subagent === null && agent.transcriptPath === file.path;
}

function applyPicture(
  section: Section,
  agent: LoadedAgent,
  file: TranscriptFile,
  picture: TranscriptPicture,
  { contextMarks: marks, now: clock }: ReconcileOptions,
  now = clock(),
): void {
  if (!speaksOfPresent(agent, file, picture)) return;
  const facts = { marks, startedModel: agent.model };
  section.apply(agent, (state, apply) => applyTranscriptRead(state, picture, now, apply, facts));
  // Text that grows is a sign of life.
  if (agent.state.ending === null) {
    agent.lastSeenAt = Math.max(agent.lastSeenAt, Math.min(picture.at, now));
  }
}
