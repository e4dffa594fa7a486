/**
 * One batch of one file: read without a lock, write under the agent's. Under the lock the offset is
 * compared again: where another process was faster, nothing is written and the file is read anew.
 */
import type { Logger } from 'pino';
import { applyPromptSigns, applyTranscriptRead } from '../../domain/apply.ts';
import { emptyLedger } from '../../domain/agent-state.ts';
import type { ContextMarks } from '../../domain/context-use.ts';
import { countsFrom } from '../../domain/rules/transcript.ts';
import type { TranscriptPicture } from '../../domain/transcript-picture.ts';
import {
  type AgentsContext,
  findAgent,
  loadAgent,
  type LoadedAgent,
  type Section,
  withAgentOrSkip,
} from '../agents/index.ts';
import { digest, type Digest, emptyDigestState } from './digest.ts';
import { type Entry, parseEntry } from './entry.ts';
import { type Opened, openTranscript } from './open-transcript.ts';
import { type FileKey, type FileRow, loadFile, writeBatch } from './queries.ts';
import { READ_LIMITS, readLines, type ReadLimits, type ReadResult } from './read-lines.ts';
import { tailMark } from './tail-mark.ts';

export interface ReconcileOptions {
  context: AgentsContext;
  /** Claude's folder of transcripts, `<config>/projects`: nothing outside it is opened. */
  projectsFolder: string;
  now: () => number;
  log: Pick<Logger, 'warn' | 'info'>;
  limits?: ReadLimits;
  contextMarks: ContextMarks;
}

export interface TranscriptFile extends FileKey {
  subagent: string | null;
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

export async function reconcileBatch(
  options: ReconcileOptions,
  file: TranscriptFile,
): Promise<Reconciled> {
  const opened = await openTranscript(options.projectsFolder, file.path);
  if (opened.kind !== 'file') return opened;
  try {
    const known = await loadFile(options.context.pool, file);
    const batch = await readBatch(opened, known, file, options.limits ?? READ_LIMITS);
    const news = known === null || batch.row.offset !== known.offset || batch.restarted;
    if (!news) return await lookAtEnd(options, file, batch);
    return await store(options, file, known, batch);
  } finally {
    await opened.handle.close();
  }
}

interface Batch extends Pick<Digest, 'turns' | 'usage' | 'resolutions' | 'signs'> {
  row: FileRow;
  restarted: boolean;
  atEnd: boolean;
}

async function readBatch(
  opened: Extract<Opened, { kind: 'file' }>,
  known: FileRow | null,
  file: TranscriptFile,
  limits: ReadLimits,
): Promise<Batch> {
  const { handle, size, inode } = opened;
  const goesOn =
    known !== null &&
    known.inode === inode &&
    known.offset <= size &&
    known.tail === (await tailMark(handle, known.offset));
  const from = goesOn ? known : { offset: 0, skipping: false, state: emptyDigestState() };
  const entries: (Entry | null)[] = [];
  const read: ReadResult = await readLines(
    handle,
    from,
    (line) => entries.push(parseEntry(line)),
    limits,
  );
  const result = digest(from.state, entries, file.subagent !== null);
  result.state.counts.oversized += read.oversized;
  return {
    ...result,
    row: {
      inode,
      offset: read.offset,
      skipping: read.skipping,
      tail: await tailMark(handle, read.offset),
      restarts: known === null ? 0 : known.restarts + (goesOn ? 0 : 1),
      state: result.state,
    },
    restarted: known !== null && !goesOn,
    atEnd: read.atEnd,
  };
}

async function store(
  options: ReconcileOptions,
  file: TranscriptFile,
  known: FileRow | null,
  batch: Batch,
): Promise<Reconciled> {
  const purpose = 'transcript';
  const result = await withAgentOrSkip(
    options.context,
    file.agentId,
    { purpose },
    async (section) => {
      const agent = section.agents.get(file.agentId);
      const fresh = await loadFile(options.context.pool, file);
      if (agent === undefined || !sameProgress(fresh, known)) return false;
      if (batch.signs.length > 0) {
        section.apply(agent, (state, context) => applyPromptSigns(state, batch.signs, context));
      }
      if (batch.atEnd) applyPicture(section, agent, file, batch.row.state.picture, options);
      await section.persist([], (client) =>
        writeBatch(client, file, file.subagent, batch.row, batch),
      );
      return true;
    },
  );
  if (!result.acquired || !result.value) return { kind: 'busy' };
  if (batch.restarted) {
    options.log.info({ agentId: file.agentId, path: file.path }, 'transcript was replaced or cut');
  }
  return batch.atEnd ? done(batch.row.state.picture, options.now()) : { kind: 'more' };
}

function sameProgress(fresh: FileRow | null, known: FileRow | null): boolean {
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
