/** The tmux bridge: prompts, interrupts and answers on their way into an agent's terminal. */
export type { BridgeContext } from './context.ts';
export { PromptDelivery } from './prompt-delivery.ts';
export { terminalRoutes } from './routes.ts';
