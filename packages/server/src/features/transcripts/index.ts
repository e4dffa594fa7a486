/** Transcripts: turns, tokens and state out of Claude Code's own files of its sessions. */
export { queuedMessages } from './file-rows.ts';
export { type QueuedMessage, queueMatch } from './message-queue.ts';
export { transcriptRoutes } from './routes.ts';
export { TranscriptWatcher } from './watcher.ts';
