/** Transcripts: turns, tokens and state out of Claude Code's own files of its sessions. */
export { transcriptRoutes } from './routes.ts';
export { TranscriptWatcher } from './watcher.ts';
