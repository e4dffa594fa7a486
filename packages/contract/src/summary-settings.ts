/** Settings of summaries: part of the table in config-table.ts. */
import { z } from 'zod';
import { limit, loop, milliseconds, onOff, setting } from './setting-row.ts';
import { SUMMARY_PROVIDERS } from './summary.ts';

export const SUMMARY_SETTINGS = {
  'summaries.provider': setting({
    schema: z.enum(SUMMARY_PROVIDERS).default('extractive'),
    live: true,
    help: 'Who makes summaries: built-in rules, without a network; Anthropic; or any server with the chat completions of OpenAI.',
  }),
  'summaries.model': setting({
    schema: z.string().max(200).optional(),
    live: true,
    help: 'Model that makes summaries; claude-haiku-4-5 with Anthropic unless set.',
  }),
  'summaries.baseUrl': setting({
    schema: z.url({ protocol: /^https?$/ }).optional(),
    live: true,
    help: 'Address of the server, with /v1 for one that is OpenAI-compatible, e.g. http://127.0.0.1:11434/v1.',
  }),
  'summaries.apiKey': setting({
    schema: z.string().max(1_000).optional(),
    secret: true,
    live: true,
    help: 'Key for the provider of summaries.',
  }),
  'summaries.paused': setting({
    schema: onOff(false),
    live: true,
    help: 'No summaries are made; what is asked for waits.',
  }),
  'summaries.dailyTokens': setting({
    schema: limit(500_000),
    live: true,
    help: 'Tokens that summaries of one project may take in a day (UTC); 0 for no limit.',
  }),
  'summaries.dailyDollars': setting({
    schema: limit(0),
    live: true,
    help: 'Dollars that summaries of one project may cost in a day (UTC); 0 for no limit.',
  }),
  'summaries.concurrency': setting({
    schema: z.coerce.number().int().min(1).max(100).default(4),
    live: true,
    help: 'Calls of a model that one process makes at a time.',
  }),
  'summaries.callTimeoutMs': setting({
    schema: milliseconds(100, 30_000),
    live: true,
    help: 'How long a call of a model may take.',
  }),
  'summaries.maxAgeHours': setting({
    schema: z.coerce.number().min(0.01).default(24),
    live: true,
    help: 'What was said longer ago is not summarised.',
  }),
  'summaries.retentionDays': setting({
    schema: z.coerce.number().min(0.01).default(90),
    live: true,
    help: 'Days that calls of models, lines of projects and rankings are kept.',
  }),
  'summaries.debounceMs': setting({
    schema: milliseconds(0, 30_000),
    live: true,
    help: 'Changes within this time make one line of a project, and one ranking.',
  }),
  ...loop(
    'summaryWorker',
    'take up what has no summary yet, and summaries that wait for a time, a budget, or a dead worker',
    {
      intervalMs: 1_000,
      timeoutMs: 60_000,
    },
  ),
} as const;
