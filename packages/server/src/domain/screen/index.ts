/** Reading what Claude Code shows in its terminal. Pure. */
export { readScreen } from './read-screen.ts';
export { type DialogChoices, dialogChoices } from './dialog-options.ts';
export { showsRequest, type ToolRequest } from './shows-request.ts';
export { WORKING_TITLE } from './title.ts';
export { boxHolds } from './prompt-box.ts';
export type {
  ContextLine,
  DialogKind,
  DialogOption,
  PromptBox,
  RetryLine,
  ScreenDialog,
  ScreenReading,
  Sighting,
} from './screen-reading.ts';
