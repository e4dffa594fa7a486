/**
 * The chat completions that OpenRouter, Ollama, vLLM and many more speak:
 * https://platform.openai.com/docs/api-reference/chat
 */
import { z } from 'zod';
import { LlmError, type LlmOptions, type LlmProvider } from './llm.ts';
import { postJson } from './post-json.ts';

const count = z.number().int().min(0).nullish();
const Completion = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({ content: z.string().nullish() }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: count, completion_tokens: count }).nullish(),
});

/** `baseUrl` as these servers document it: with `/v1`, without `/chat/completions`. */
export function openAiCompatible({ baseUrl, apiKey, model, timeoutMs }: LlmOptions): LlmProvider {
  return {
    name: 'openai-compatible',
    model,
    async complete({ system, user, maxTokens }, signal) {
      if (baseUrl === '') {
        throw new LlmError(
          'misconfigured',
          'summaries.baseUrl is not set: give the address of the server',
        );
      }
      const url = `${baseUrl.replace(/\/+$/, '')}/chat/completions`;
      const headers: Record<string, string> =
        apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
      const messages = [
        { role: 'system', content: system },
        { role: 'user', content: user },
      ];
      const body = { model, messages, max_tokens: maxTokens, temperature: 0, stream: false };
      const read = Completion.safeParse(await postJson({ url, headers, body, timeoutMs }, signal));
      if (!read.success) throw new LlmError('nonsense', 'the answer is not a completion');
      const { choices, usage } = read.data;
      const counted = {
        inputTokens: usage?.prompt_tokens ?? null,
        outputTokens: usage?.completion_tokens ?? null,
      };
      const [choice] = choices;
      if (choice?.finish_reason === 'length') {
        throw new LlmError('nonsense', 'the answer is longer than asked for', { usage: counted });
      }
      return { text: choice?.message.content ?? '', ...counted };
    },
  };
}
