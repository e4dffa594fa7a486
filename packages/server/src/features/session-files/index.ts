/** Claude Code's session files: the witness of what fires no hook. */
export type { SessionFile } from './session-file.ts';
export { type FilesNow, SessionWatcher, type SessionWatcherOptions } from './watcher.ts';
