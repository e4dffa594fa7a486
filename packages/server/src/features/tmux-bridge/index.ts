/** The tmux bridge: prompts, interrupts and answers on their way into an agent's terminal. */
export type { BridgeContext } from './context.ts';
export {
  answer,
  dialogRows,
  existing,
  look,
  notPressed,
  pressOn,
  settle,
  type ShownTerminal,
} from './press-keys.ts';
export { PromptDelivery } from './prompt-delivery.ts';
export { terminalRoutes } from './routes.ts';
export { lookAtTerminal, type TerminalSight } from './terminal.ts';
export { terminalView } from './terminal-view.ts';
