/**
 * Watches the folder of session files: by the system's notifications where they work, and by a
 * look each second in any case. Within a second, an interrupt or a denial is on the board.
 */
import { type FSWatcher, watch } from 'node:fs';
import type { Logger } from 'pino';
import type { ProcessTable } from '../../platform/process-table.ts';
import { adoptSession, type AdoptOptions } from './adopt.ts';
import { applyObservation, type Observation } from './apply.ts';
import { type FolderChange, SessionFolder } from './folder.ts';
import { type SessionFile, statusBegan } from './session-file.ts';

/** An observation for nobody waits this long for the hook that brings its agent; then it makes one. */
const ORPHAN_MS = 10_000;
/** Fewer are looked at each second, notified or not. */
const MANY_FILES = 100;
/** Side by side, looks take twice as much CPU as time. */
const REST_PER_LOOK = 450;
const LONGEST_REST_MS = 5_000;
/** Longer than the lease of a process that hangs, and the next one's start. */
const KEEP_MS = 30_000;
/** Whoever holds the agent is done in milliseconds; the next regular look may be a second away. */
const RETRY_MS = 100;

export interface SessionWatcherOptions extends AdoptOptions {
  folder: string;
  processes: ProcessTable;
  log: Pick<Logger, 'warn' | 'debug'>;
  /** The session's file is gone and so is its process. */
  onGone: (file: SessionFile) => void;
  /**
   * Whether this process puts what a notification shows it into agents; always unless given. The
   * others look too: their hooks ask which sessions are alive, and one goes on if the first ends.
   */
  applies?: () => boolean;
}

export interface FilesNow {
  /** False before the first look, and where the folder was not there. */
  readonly readable: boolean;
  readonly files: readonly SessionFile[];
  /** The file's process was found in this machine's process table. */
  readonly runs: (file: SessionFile) => boolean;
}

interface Pending extends Observation {
  since: number;
}

export class SessionWatcher {
  private readonly options: SessionWatcherOptions;
  private readonly folder: SessionFolder;
  /** Not applied yet, the newest per process. */
  private readonly pending = new Map<number, Pending>();
  /** Files that went away with their process, by pid, and when. */
  private readonly gone = new Map<number, { file: SessionFile; since: number }>();
  private alive: ReadonlySet<string> = new Set();
  private watcher: FSWatcher | null = null;
  private ticking: Promise<void> | null = null;
  private again = false;
  private applyNext = false;
  private lookMs = 0;
  private retry: NodeJS.Timeout | null = null;
  private closed = false;

  constructor(options: SessionWatcherOptions) {
    this.options = options;
    this.folder = new SessionFolder(options.folder);
  }

  /**
   * Whether a file named this session with a process that ran, as of the last look (some seconds
   * ago at most). Asked under agents' locks, so it looks at nothing itself.
   */
  isAlive(sessionId: string): boolean {
    return this.alive.has(sessionId);
  }

  /** The files as of the last look, for whoever weighs them; `runs` asks the process table. */
  filesNow(): FilesNow {
    return {
      readable: this.folder.readable,
      files: this.folder.files(),
      runs: (file) => this.runs(file),
    };
  }

  /**
   * One look and, unless `apply` is false, everything that follows from it. Calls during a look
   * cause one more. A look that hangs is left behind when `signal` fires.
   */
  async tick(apply = true, signal?: AbortSignal): Promise<void> {
    this.again = true;
    this.applyNext ||= apply;
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

  /**
   * How long to rest after a look. The system tells of changes at once, so looks without a cause may
   * cost half a per cent of a core; where it does not tell, they come at their interval.
   */
  restMs(): number {
    if (this.watcher === null || this.folder.files().length < MANY_FILES) return 0;
    return Math.min(this.lookMs * REST_PER_LOOK, LONGEST_REST_MS);
  }

  /** Ends it for good; a look that is going on comes to its end. */
  close(): void {
    this.closed = true;
    this.unwatch();
    if (this.retry !== null) clearTimeout(this.retry);
  }

  private unwatch(): void {
    this.watcher?.close();
    this.watcher = null;
  }

  private async run(): Promise<void> {
    while (this.again && !this.closed) {
      this.again = false;
      this.watch();
      const from = performance.now();
      const change = await this.folder.look();
      this.lookMs = performance.now() - from;
      const running = this.folder.files().filter((file) => this.runs(file));
      this.alive = new Set(running.map(({ sessionId }) => sessionId));
      this.collect(change);
      const apply = this.applyNext;
      this.applyNext = false;
      if (apply) await this.apply();
      else this.keep();
    }
  }

  private async apply(): Promise<void> {
    await this.applyPending();
    for (const [pid, { file }] of this.gone) {
      if (!this.runs(file)) this.options.onGone(file);
      this.gone.delete(pid);
    }
  }

  /** Another process applies it; what it may not have come to is kept in case it ends. */
  private keep(): void {
    const now = this.options.now();
    for (const [pid, { file }] of this.pending)
      if (!this.folder.has(file)) this.pending.delete(pid);
    for (const [pid, { since }] of this.gone) if (now - since > KEEP_MS) this.gone.delete(pid);
  }

  /** The folder may come into being, or be replaced, at any time. */
  private watch(): void {
    if (this.watcher !== null) return;
    try {
      this.watcher = watch(this.folder.path, () => this.onNotice());
      this.watcher.on('error', () => this.unwatch());
    } catch {
      // It does not exist yet; the next look tries again.
    }
  }

  private onNotice(): void {
    this.tick(this.options.applies?.() ?? true).catch((error: unknown) => {
      this.options.log.warn({ err: error }, 'session files could not be applied');
    });
  }

  private collect({ changed, removed, first }: FolderChange): void {
    const seenAt = this.options.now();
    for (const file of removed) this.gone.set(file.pid, { file, since: seenAt });
    for (const { file, modifiedAt } of changed) {
      const alive = this.runs(file);
      // A file left by a killed process lies there until the next start. One that changes under
      // our eyes is written by something that lives, if in another pid namespace.
      if (first && !alive) continue;
      // Ready in one terminal says nothing of a turn that runs in another one.
      const silent = isReady(file) && this.worksElsewhere(file);
      this.pending.set(file.pid, {
        file: silent ? { ...file, status: null } : file,
        alive,
        watched: !first,
        // A look can come well after the change, and a hook in between must not seem older.
        at: statusBegan(file, Math.min(seenAt, modifiedAt), alive),
        since: seenAt,
      });
    }
  }

  private async applyPending(): Promise<void> {
    let later = false;
    for (const [pid, observation] of this.pending) {
      const result = await applyObservation(this.options, observation);
      const expired = this.options.now() - observation.since > ORPHAN_MS;
      const settled = result === 'done' || (result === 'nobody' && expired);
      if (result === 'nobody' && expired) await adoptSession(this.options, observation);
      if (settled && this.pending.get(pid) === observation) this.pending.delete(pid);
      later ||= result === 'later';
    }
    if (later) this.lookAgain();
  }

  /** The same session is at work in another terminal. */
  private worksElsewhere({ pid, sessionId }: SessionFile): boolean {
    return this.folder
      .files()
      .some(
        (other) =>
          other.sessionId === sessionId &&
          other.pid !== pid &&
          (other.status === 'busy' || other.status === 'waiting') &&
          this.runs(other),
      );
  }

  private lookAgain(): void {
    if (this.closed) return;
    this.retry ??= setTimeout(() => {
      this.retry = null;
      this.onNotice();
    }, RETRY_MS).unref();
  }

  private runs(file: SessionFile): boolean {
    const { processes } = this.options;
    return file.procStart !== null && processes.presence(file.pid, file.procStart) === 'alive';
  }
}

function isReady({ status }: SessionFile): boolean {
  return status === 'idle' || status === 'shell';
}
