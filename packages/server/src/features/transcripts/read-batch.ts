/** The next lines of a file as what they mean. No lock is held, and nothing is written. */
import { digest, type Digest, emptyDigestState } from './digest.ts';
import { type Entry, parseEntry } from './entry.ts';
import type { FileRow } from './file-rows.ts';
import { type Opened, openTranscript } from './open-transcript.ts';
import { READ_LIMITS, readLines, type ReadLimits } from './read-lines.ts';
import { tailMark } from './tail-mark.ts';

export interface Batch extends Pick<
  Digest,
  'turns' | 'usage' | 'resolutions' | 'signs' | 'tokens'
> {
  /** How far the file was read before; the batch counts only if that is still so. */
  known: FileRow | null;
  /** How far it is read with this batch. */
  row: FileRow;
  /** The file is not the one that was read before: it was read from its start. */
  restarted: boolean;
  atEnd: boolean;
}

export type BatchRead = { kind: 'batch'; batch: Batch } | Exclude<Opened, { kind: 'file' }>;

export interface BatchOptions {
  /** Claude's folder of transcripts, `<config>/projects`: nothing outside it is opened. */
  projectsFolder: string;
  limits?: ReadLimits;
}

export async function readBatch(
  { projectsFolder, limits = READ_LIMITS }: BatchOptions,
  file: { path: string; subagent: string | null },
  known: FileRow | null,
): Promise<BatchRead> {
  const opened = await openTranscript(projectsFolder, file.path);
  if (opened.kind !== 'file') return opened;
  try {
    return {
      kind: 'batch',
      batch: await readFrom(opened, known, file.subagent !== null, limits),
    };
  } finally {
    await opened.handle.close();
  }
}

async function readFrom(
  { handle, size, inode }: Extract<Opened, { kind: 'file' }>,
  known: FileRow | null,
  ofSubagent: boolean,
  limits: ReadLimits,
): Promise<Batch> {
  const goesOn =
    known !== null &&
    known.inode === inode &&
    known.offset <= size &&
    known.tail === (await tailMark(handle, known.offset));
  const from = goesOn ? known : { offset: 0, skipping: false, state: emptyDigestState() };
  const entries: (Entry | null)[] = [];
  const read = await readLines(
    handle,
    from,
    size,
    (line) => entries.push(parseEntry(line)),
    limits,
  );
  const { turns, usage, resolutions, signs, tokens, state } = digest(
    from.state,
    entries,
    ofSubagent,
  );
  state.counts.oversized += read.oversized;
  return {
    turns,
    usage,
    resolutions,
    signs,
    tokens,
    known,
    row: {
      inode,
      offset: read.offset,
      skipping: read.skipping,
      tail: await tailMark(handle, read.offset),
      restarts: known === null ? 0 : known.restarts + (goesOn ? 0 : 1),
      state,
    },
    restarted: known !== null && !goesOn,
    atEnd: read.atEnd,
  };
}
