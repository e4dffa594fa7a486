/**
 * The transcripts that are looked at, and when each is due: every second while something happens,
 * less often the longer nothing has.
 */
import { type Dirent, promises as fs } from 'node:fs';
import path from 'node:path';
import { isMissing } from './missing.ts';
import type { WatchedRow } from './file-rows.ts';
import type { TranscriptFile } from './reconcile.ts';

export interface WatchedFile extends TranscriptFile {
  /** Inode, size and time at the last look that was followed to the end; null: look into it. */
  stamp: string | null;
  /** It has been opened, so it lies where it must. */
  trusted: boolean;
  /** Of the folder of its subagents. */
  folderStamp: string | null;
  /** The moment of which the file tells how the session stood. */
  pictureAt: number;
  dueAt: number;
  changedAt: number;
  /** Why it is not read, so that it is said once. */
  refused: string | null;
}

const SHORTEST_MS = 1_000;
const LONGEST_MS = 10_000;
/**
 * A subagent seldom goes on once it has been quiet, and there can be thousands of files; as there
 * can be of sessions without one.
 */
const LONGEST_OF_SELDOM_MS = 60_000;
/** Quiet for ten times as long as the pause until the next look. */
const PATIENCE = 10;

export class WatchList {
  private readonly files = new Map<string, WatchedFile>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  /** Makes the list what the database says. */
  replace(rows: readonly WatchedRow[]): void {
    const keys = new Set(rows.map((row) => keyOf(row.agent_id, row.path)));
    for (const [key, { subagent }] of this.files) {
      if (!keys.has(key) && subagent === null) this.files.delete(key);
    }
    for (const row of rows) this.add(row.agent_id, row.path, row.subagent);
    const agents = new Set(rows.map((row) => row.agent_id));
    for (const [key, { agentId }] of this.files) if (!agents.has(agentId)) this.files.delete(key);
  }

  add(agentId: number, file: string, subagent: string | null): WatchedFile {
    const key = keyOf(agentId, file);
    const known = this.files.get(key);
    if (known !== undefined) return known;
    const now = this.now();
    const watched: WatchedFile = {
      agentId,
      path: file,
      subagent,
      stamp: null,
      trusted: false,
      folderStamp: null,
      pictureAt: 0,
      dueAt: now,
      changedAt: now,
      refused: null,
    };
    this.files.set(key, watched);
    return watched;
  }

  /** Something is about to be written to this agent's files. */
  hurry(agentId: number, file: string): void {
    const watched = this.add(agentId, file, null);
    watched.stamp = null;
    watched.dueAt = Math.min(watched.dueAt, this.now());
    watched.changedAt = this.now();
  }

  get(agentId: number, file: string): WatchedFile | undefined {
    return this.files.get(keyOf(agentId, file));
  }

  remove({ agentId, path: file }: WatchedFile): void {
    this.files.delete(keyOf(agentId, file));
  }

  due(): WatchedFile[] {
    const now = this.now();
    return [...this.files.values()].filter(({ dueAt }) => dueAt <= now);
  }

  /** Looked at and done with, for now. */
  settle(file: WatchedFile, lookAgainAt: number | null): void {
    const now = this.now();
    const quietMs = now - file.changedAt;
    const seldom = file.subagent !== null || file.stamp === null;
    const longestMs = seldom ? LONGEST_OF_SELDOM_MS : LONGEST_MS;
    const pauseMs = Math.min(Math.max(quietMs / PATIENCE, SHORTEST_MS), longestMs);
    file.dueAt = Math.min(now + pauseMs, lookAgainAt ?? Number.POSITIVE_INFINITY);
    if (lookAgainAt !== null) file.stamp = null;
  }
}

const keyOf = (agentId: number, file: string): string => `${agentId} ${file}`;

/** Null for a file that does not exist. */
export async function stampOf(file: string): Promise<string | null> {
  try {
    const { ino, size, mtimeMs } = await fs.stat(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch (error) {
    if (isMissing(error) || isForbidden(error)) return null;
    throw error;
  }
}

/** Files of subagents beside a session's own: `<session>/subagents/agent-<id>.jsonl`. */
export async function subagentFiles(
  file: WatchedFile,
): Promise<{ path: string; subagent: string }[]> {
  const folder = path.join(file.path.replace(/\.jsonl$/, ''), 'subagents');
  const stamp = await stampOf(folder);
  if (stamp === null || stamp === file.folderStamp) return [];
  const entries: Dirent[] = await fs.readdir(folder, { withFileTypes: true }).catch((error) => {
    if (isMissing(error) || isForbidden(error)) return [];
    throw error;
  });
  file.folderStamp = stamp;
  return entries.flatMap((entry) => {
    const subagent = /^agent-(.{1,200})\.jsonl$/.exec(entry.name)?.[1];
    if (subagent === undefined || !entry.isFile()) return [];
    return [{ path: path.join(folder, entry.name), subagent }];
  });
}

function isForbidden(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EACCES' || code === 'EPERM' || code === 'ELOOP' || code === 'ENAMETOOLONG';
}
