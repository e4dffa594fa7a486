/** Prompts: what people want to say to an agent, from the queue to the proof of its arrival. */
export { applyStep } from './change-prompt.ts';
export { deleteOldPrompts } from './old-prompts.ts';
export type { PromptsContext } from './context.ts';
export { idempotencyKey } from './idempotency-key.ts';
export { findPrompt, listPrompts, listQueued, type PromptRow, queueEnds } from './queries.ts';
export { promptRoutes } from './routes.ts';
export { assertReachable, existingAgent } from './targets.ts';
export { sendable, takePrompt } from './take-prompt.ts';
