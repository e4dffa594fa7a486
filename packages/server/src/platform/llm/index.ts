/** Language models behind one port. */
export { anthropic, ANTHROPIC_URL } from './anthropic.ts';
export { LlmError, type LlmProvider, type LlmUsage } from './llm.ts';
export { openAiCompatible } from './openai-compatible.ts';
