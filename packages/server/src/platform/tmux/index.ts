export { createTmux } from './tmux.ts';
export type {
  Captured,
  CaptureOptions,
  SendOptions,
  Tmux,
  TmuxDone,
  TmuxKey,
  TmuxLook,
} from './tmux.ts';
export type { PaneInfo } from './pane-list.ts';
export type { TmuxTarget } from './target.ts';
export { type RowPattern, rowPattern } from './row-pattern.ts';
export {
  createTmuxSessions,
  defaultSocket,
  type SessionPane,
  type TmuxSessions,
} from './sessions.ts';
