/** Anthropic's Messages API: https://docs.anthropic.com/en/api/messages */
import { z } from 'zod';
import { LlmError, type LlmOptions, type LlmProvider } from './llm.ts';
import { postJson } from './post-json.ts';

export const ANTHROPIC_URL = 'https://api.anthropic.com';
const VERSION = '2023-06-01';

const count = z.number().int().min(0).nullish();
const Message = z.object({
  content: z.array(z.object({ type: z.string(), text: z.string().optional() })),
  stop_reason: z.string().nullish(),
  usage: z.object({
    input_tokens: count,
    cache_creation_input_tokens: count,
    cache_read_input_tokens: count,
    output_tokens: count,
  }),
});

export function anthropic({ baseUrl, apiKey, model, timeoutMs }: LlmOptions): LlmProvider {
  return {
    name: 'anthropic',
    model,
    async complete({ system, user, maxTokens }, signal) {
      if (apiKey === null) {
        throw new LlmError(
          'misconfigured',
          'summaries.apiKey is not set: set it, or choose another summaries.provider',
        );
      }
      const url = `${baseUrl.replace(/\/+$/, '')}/v1/messages`;
      const headers = { 'x-api-key': apiKey, 'anthropic-version': VERSION };
      const messages = [{ role: 'user', content: user }];
      const body = { model, max_tokens: maxTokens, temperature: 0, system, messages };
      const read = Message.safeParse(await postJson({ url, headers, body, timeoutMs }, signal));
      if (!read.success) throw new LlmError('nonsense', 'the answer is not a message');
      const { content, stop_reason: stopReason, usage } = read.data;
      const inputs = [
        usage.input_tokens,
        usage.cache_creation_input_tokens,
        usage.cache_read_input_tokens,
      ];
      const counted = {
        inputTokens: inputs.every((value) => (value ?? null) === null)
          ? null
          : inputs.reduce<number>((sum, value) => sum + (value ?? 0), 0),
        outputTokens: usage.output_tokens ?? null,
      };
      if (stopReason === 'max_tokens') {
        throw new LlmError('nonsense', 'the answer is longer than asked for', { usage: counted });
      }
      const text = content.map((block) => block.text ?? '').join('');
      return { text, ...counted };
    },
  };
}
