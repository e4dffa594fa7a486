/**
 * Follows the transcripts of this host's agents. A look at a file costs one `stat`; a file that has
 * changed is read in batches, all changed files in turn, so that one line of a live session does
 * not wait for the hundreds of megabytes of another.
 */
import { isConnectionError, isTransient } from '../../platform/database/index.ts';
import { FencedError, SHUT_OUT } from '../agents/index.ts';
import { watchedFiles } from './file-rows.ts';
import { reconcileBatch, type ReconcileOptions } from './reconcile.ts';
import { stampOf, subagentFiles, type WatchedFile, WatchList } from './watch-list.ts';

export interface TranscriptWatcherOptions extends ReconcileOptions {
  hostId: string;
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /**
   * Whether this process follows all files of the host; always unless given. The others read only
   * what hooks have told them of, so that an answer is there at once wherever its hook came in.
   */
  followsAll?: () => boolean;
  /** Files that are looked at beside each other. */
  batchSize?: number;
}

/** The list of agents is asked for this often; hooks of this process tell of changes at once. */
const REFRESH_MS = 5_000;
/** Ended agents of which no hook has come for so long do not grow any more. */
const QUIET_MS = 10 * 60_000;
const ENDED_DAYS = 7;
/** What ended while no server ran is read by the first look after a start. */
const ENDED_DAYS_AT_START = 14;
/** The last answer is on disk 45 to 94 ms after its Stop hook (40 measured, 2.1.197). */
const AFTER_HOOK_MS = 150;
/** Files that are read ahead at the same time, at most: each holds a batch in memory. */
const READ_AHEAD = 2;
/** A file that is quiet for so long is no longer kept in mind. */
const FORGET_MS = 60_000;
const BATCH_SIZE = 64;
/** What is left after this long goes on with the next round. */
const ROUND_MS = 5_000;

export interface NoticedAgent {
  id: number;
  host: string;
  transcriptPath: string | null;
  state: { activity: { turn: string; edgeAt: number } };
}

export class TranscriptWatcher {
  private readonly options: TranscriptWatcherOptions;
  private readonly list: WatchList;
  private readonly closing = new AbortController();
  private refreshedAt: number | null = null;
  private ticking: Promise<void> | null = null;
  private again = false;
  private allNext = false;
  private soon: Promise<void> | null = null;

  constructor(options: TranscriptWatcherOptions) {
    this.options = options;
    this.list = new WatchList(options.now);
  }

  /**
   * One look at all files that are due; with `all` false, at those only of which hooks have told.
   * Calls during a look cause one more. A look that hangs is left behind when `signal` fires.
   */
  async tick(all = true, signal?: AbortSignal): Promise<void> {
    this.again = true;
    this.allNext ||= all;
    if (this.ticking === null) {
      const run = this.run().finally(() => this.forget(run));
      this.ticking = run;
    }
    const { ticking } = this;
    signal?.addEventListener('abort', () => this.forget(ticking), { once: true });
    await ticking;
  }

  private forget(run: Promise<void>): void {
    if (this.ticking === run) this.ticking = null;
  }

  /** Hooks have been applied to this agent: at the end of a turn its answer is being written. */
  notice(agent: NoticedAgent): void {
    const { id, host, transcriptPath, state } = agent;
    if (transcriptPath === null || host !== this.options.hostId) return;
    const { turn, edgeAt } = state.activity;
    // A late hook can set in motion again what is over by the transcript.
    const late = (this.list.get(id, transcriptPath)?.pictureAt ?? 0) > edgeAt;
    if (turn === 'running' && !late) return;
    this.hurry(id, transcriptPath);
  }

  /** Something was sent into the session's terminal: its entry is being written. */
  expectEntry({ id, host, transcriptPath }: Omit<NoticedAgent, 'state'>): void {
    if (transcriptPath === null || host !== this.options.hostId) return;
    this.hurry(id, transcriptPath);
  }

  private hurry(id: number, transcriptPath: string): void {
    this.list.hurry(id, transcriptPath);
    this.soon ??= this.lookSoon().finally(() => {
      this.soon = null;
    });
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.soon;
    await this.ticking?.catch(() => undefined);
  }

  private async lookSoon(): Promise<void> {
    await this.options.sleep(AFTER_HOOK_MS, this.closing.signal);
    if (this.closing.signal.aborted) return;
    try {
      await this.tick(this.options.followsAll?.() ?? true);
    } catch (error) {
      this.options.log.warn({ err: error }, 'transcripts could not be read after a hook');
    }
  }

  private async run(): Promise<void> {
    while (this.again && !this.closing.signal.aborted) {
      this.again = false;
      const all = this.allNext;
      this.allNext = false;
      if (all) await this.refresh();
      const due = this.list.due();
      const { batchSize = BATCH_SIZE } = this.options;
      for (let at = 0; at < due.length; at += batchSize) {
        const changed = await Promise.all(
          due.slice(at, at + batchSize).map((file) => this.look(file)),
        );
        await this.readAll(changed.filter((file) => file !== null));
      }
      // Whoever follows all files has these too, and goes on with them.
      if (!all) this.forgetFiles(due);
    }
  }

  private forgetFiles(files: readonly WatchedFile[]): void {
    for (const file of files) this.list.remove(file);
    this.refreshedAt = null;
  }

  private async refresh(): Promise<void> {
    const { context, hostId, now } = this.options;
    if (this.refreshedAt !== null && now() - this.refreshedAt < REFRESH_MS) return;
    const first = this.refreshedAt === null;
    this.list.replace(
      first
        ? await watchedFiles(context.pool, hostId, ENDED_DAYS_AT_START, 0)
        : await watchedFiles(context.pool, hostId, ENDED_DAYS, now() - QUIET_MS),
    );
    this.refreshedAt = now();
  }

  /** Null where nothing has changed. */
  private async look(file: WatchedFile): Promise<{ file: WatchedFile; stamp: string } | null> {
    const stamp = await stampOf(file.path);
    if (stamp !== null && stamp !== file.stamp) return { file, stamp };
    if (stamp !== null) await this.findSubagents(file);
    this.list.settle(file, null);
    if (this.options.now() - file.changedAt > FORGET_MS) file.memory = undefined;
    return null;
  }

  private async findSubagents(file: WatchedFile): Promise<void> {
    if (file.subagent !== null || !file.trusted) return;
    for (const found of await subagentFiles(file)) {
      this.list.add(file.agentId, found.path, found.subagent);
      this.again = true;
    }
  }

  /** One batch of each file in turn, until all are at their ends or the round has lasted long. */
  private async readAll(changed: { file: WatchedFile; stamp: string }[]): Promise<void> {
    const until = this.options.now() + ROUND_MS;
    let left = changed;
    while (left.length > 0 && !this.closing.signal.aborted && this.options.now() < until) {
      const next: typeof left = [];
      const ahead = left.length <= READ_AHEAD;
      for (const one of left) if (await this.read(one.file, one.stamp, ahead)) next.push(one);
      left = next;
    }
  }

  /** True where the file goes on. */
  private async read(file: WatchedFile, stamp: string, ahead: boolean): Promise<boolean> {
    try {
      const result = await reconcileBatch(this.options, file, ahead);
      if (result.kind === 'more') return true;
      if (result.kind === 'done') {
        if (file.stamp !== stamp) file.changedAt = this.options.now();
        file.stamp = stamp;
        file.pictureAt = result.pictureAt;
        file.trusted = true;
        await this.findSubagents(file);
        this.list.settle(file, result.lookAgainAt);
      } else if (result.kind === 'busy') {
        // Due at once, with the next round.
        file.stamp = null;
      } else {
        if (result.kind === 'refused') this.refuse(file, result.why);
        file.stamp = stamp;
        this.list.settle(file, null);
      }
    } catch (error) {
      if (isConnectionError(error) || isTransient(error)) throw error;
      if (!isShutOut(error)) {
        // One file's fault does not stop the others.
        this.options.log.warn({ err: error, ...nameOf(file) }, 'a transcript could not be read');
        this.list.settle(file, null);
      }
    }
    return false;
  }

  private refuse(file: WatchedFile, why: string): void {
    if (file.refused === why) return;
    file.refused = why;
    this.options.log.warn({ ...nameOf(file), why }, 'a transcript is not opened');
  }
}

function nameOf({ agentId, path }: WatchedFile): { agentId: number; path: string } {
  return { agentId, path };
}

/** Another section has entered meanwhile: the file is read again. */
function isShutOut(error: unknown): boolean {
  return error instanceof FencedError || (error as { code?: unknown } | null)?.code === SHUT_OUT;
}
