/** Reading what Claude Code shows in its terminal. Pure. */
export { readScreen } from './read-screen.ts';
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
