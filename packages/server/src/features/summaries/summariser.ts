/** Who makes summaries, as the settings say: the built-in rules, or a model behind its port. */
import type { Prices } from '../../domain/cost.ts';
import { costOf, promptClass } from '../../domain/cost.ts';
import { evidentLine, extract } from '../../domain/summary-extract.ts';
import { estimateTokens, promptOf, readAnswer } from '../../domain/summary-prompt.ts';
import type { SummaryInput, SummaryResult } from '../../domain/summary.ts';
import {
  anthropic,
  ANTHROPIC_URL,
  LlmError,
  type LlmProvider,
  type LlmUsage,
  openAiCompatible,
} from '../../platform/llm/index.ts';
import type { SummarySettings } from './context.ts';

export const BUILT_IN = { provider: 'extractive', model: 'built-in' } as const;

/** A model that is asked over the network, and so counted, limited and waited for. */
export interface ModelSummariser {
  readonly provider: string;
  readonly model: string;
  /** Null where no model has to be asked. */
  evident(input: SummaryInput): SummaryResult | null;
  estimate(input: SummaryInput, mark: string): Estimate;
  /** Throws LlmError. `mark` is the fingerprint of the input. */
  summarise(input: SummaryInput, mark: string, signal: AbortSignal): Promise<Summarised>;
}

export interface Estimate {
  readonly tokens: number;
  /** Null where the price of the model is not known. */
  readonly usd: number | null;
}

export interface Summarised {
  readonly result: SummaryResult;
  readonly usage: LlmUsage;
}

export const DEFAULT_MODEL = 'claude-haiku-4-5';

/** Null for the built-in rules, which are called directly. */
export function modelSummariser(settings: SummarySettings, prices: Prices): ModelSummariser | null {
  const provider = providerOf(settings);
  return provider === null ? null : summariserOf(provider, prices);
}

function providerOf(settings: SummarySettings): LlmProvider | null {
  const options = {
    apiKey: settings['summaries.apiKey'] ?? null,
    timeoutMs: settings['summaries.callTimeoutMs'],
  };
  const baseUrl = settings['summaries.baseUrl'];
  const model = settings['summaries.model'];
  switch (settings['summaries.provider']) {
    case 'anthropic':
      return anthropic({
        ...options,
        baseUrl: baseUrl ?? ANTHROPIC_URL,
        model: model ?? DEFAULT_MODEL,
      });
    case 'openai-compatible':
      return openAiCompatible({ ...options, baseUrl: baseUrl ?? '', model: model ?? '' });
    default:
      return null;
  }
}

function summariserOf(provider: LlmProvider, prices: Prices): ModelSummariser {
  const { name, model } = provider;
  return {
    provider: name,
    model,
    evident: evidentLine,
    estimate(input, mark) {
      const prompt = promptOf(input, mark);
      const tokens = estimateTokens(prompt);
      const inputTokens = tokens - prompt.maxTokens;
      return {
        tokens,
        usd: dollars(model, { inputTokens, outputTokens: prompt.maxTokens }, prices),
      };
    },
    async summarise(input, mark, signal) {
      const answer = await provider.complete(promptOf(input, mark), signal);
      const usage = { inputTokens: answer.inputTokens, outputTokens: answer.outputTokens };
      const result = readAnswer(input, answer.text);
      if (result === null) {
        throw new LlmError('nonsense', 'the answer is not the JSON that was asked for', { usage });
      }
      return { result, usage };
    },
  };
}

/** Null where the price or the number of tokens is not known. */
export function dollars(model: string, usage: LlmUsage, prices: Prices): number | null {
  const { inputTokens: input, outputTokens: output } = usage;
  if (input === null || output === null) return null;
  const tokens = { input, output, cacheCreation: 0, cacheCreation1h: 0, cacheRead: 0 };
  const prompt = promptClass(tokens);
  return costOf({ model, fast: false, prompt, messages: 1, ...tokens }, prices);
}

export { extract as summariseBuiltIn };
