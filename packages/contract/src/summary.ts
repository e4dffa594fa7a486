/** Summaries, what they cost, and what agents are ranked against. Times are ISO 8601 in UTC. */
import { z } from 'zod';
import { Timestamp } from './usage.ts';

export const SUMMARY_KINDS = [
  'turn',
  'command-instruction',
  'command-outcome',
  'project',
  'ranking',
] as const;

export const SUMMARY_STATES = [
  'queued',
  'claimed',
  'done',
  /** It will not be tried again by itself. */
  'failed',
  /** Something newer has made it worthless before it was made. */
  'superseded',
  'waiting-for-budget',
] as const;

export const SUMMARY_PROVIDERS = ['extractive', 'anthropic', 'openai-compatible'] as const;

/** How frustrated a person sounds: 0 calm, 10 furious. */
const Frustration = z.number().int().min(0).max(10).nullable();

/** What the agent was asked in its last command, and how it came out, each in one line. */
export const CommandSummary = z.object({
  instruction: z.string().nullable(),
  outcome: z.string().nullable(),
});
export type CommandSummary = z.infer<typeof CommandSummary>;

export const SummaryView = z.object({
  id: z.number().int(),
  kind: z.enum(SUMMARY_KINDS),
  /** The turn, command, project or objective. */
  entityId: z.number().int(),
  agentId: z.number().int().nullable(),
  projectId: z.number().int().nullable(),
  commandId: z.number().int().nullable(),
  state: z.enum(SUMMARY_STATES),
  /** Null until it is done. */
  text: z.string().nullable(),
  frustration: Frustration,
  /** Who made it; null until it is done. */
  provider: z.string().nullable(),
  model: z.string().nullable(),
  attempts: z.number().int(),
  /** How the last call failed. */
  error: z.string().nullable(),
  createdAt: Timestamp,
  /** Not before then; null unless it waits for a time. */
  dueAt: Timestamp.nullable(),
  finishedAt: Timestamp.nullable(),
});
export type SummaryView = z.infer<typeof SummaryView>;

/** `GET /api/summaries`, newest first. */
export const SummaryList = z.object({ summaries: z.array(SummaryView) });
export type SummaryList = z.infer<typeof SummaryList>;

/** One call of a model. */
export const InferenceCallView = z.object({
  id: z.number().int(),
  kind: z.enum(SUMMARY_KINDS),
  projectId: z.number().int().nullable(),
  agentId: z.number().int().nullable(),
  provider: z.string(),
  model: z.string(),
  startedAt: Timestamp,
  durationMs: z.number().int().nullable(),
  /** Null while it is under way, and where the provider does not say. */
  inputTokens: z.number().int().nullable(),
  outputTokens: z.number().int().nullable(),
  /** In US dollars; null where the price of the model is not known. */
  costUSD: z.number().nullable(),
  /** `started`, `done`, how it failed, or `lost` with its worker. */
  outcome: z.string(),
  error: z.string().nullable(),
});
export type InferenceCallView = z.infer<typeof InferenceCallView>;

export const ScoreView = z.object({
  agentId: z.number().int(),
  /** 0 to 100. */
  score: z.number().int().min(0).max(100),
  reason: z.string(),
});
export type ScoreView = z.infer<typeof ScoreView>;

export const ObjectiveView = z.object({
  id: z.number().int(),
  /** Null: of all projects. */
  projectId: z.number().int().nullable(),
  text: z.string(),
  setAt: Timestamp,
  /** Best first; null until agents have been ranked. */
  scores: z.array(ScoreView).nullable(),
  rankedAt: Timestamp.nullable(),
});
export type ObjectiveView = z.infer<typeof ObjectiveView>;

/** `GET /api/inference`. */
export const InferenceView = z.object({
  provider: z.enum(SUMMARY_PROVIDERS),
  model: z.string(),
  /** By a person: `summaries.paused`. */
  paused: z.boolean(),
  /** The provider asked for a rest, or cannot be used as it is set up. */
  resting: z.object({ until: Timestamp, reason: z.string() }).nullable(),
  queue: z.object({
    queued: z.number().int(),
    claimed: z.number().int(),
    failed: z.number().int(),
    waitingForBudget: z.number().int(),
  }),
  /** Of the present day in UTC; limits hold for each project. */
  budget: z.object({
    day: z.iso.date(),
    /** Null: no limit. */
    dailyTokens: z.number().nullable(),
    dailyDollars: z.number().nullable(),
  }),
  projects: z.array(
    z.object({
      /** Null for what belongs to no project. */
      id: z.number().int().nullable(),
      name: z.string().nullable(),
      /** How the work in it stands. */
      line: z.string().nullable(),
      /** Today's, with what is reserved by calls under way. */
      tokens: z.number().int(),
      dollars: z.number(),
      waitingForBudget: z.number().int(),
    }),
  ),
  objectives: z.array(ObjectiveView),
  /** Newest first. */
  calls: z.array(InferenceCallView),
});
export type InferenceView = z.infer<typeof InferenceView>;

/** `POST /api/inference/objective`: an empty text takes it away. */
export const ObjectiveRequest = z.strictObject({
  text: z.string().trim().max(2_000),
  /** Left out or null: of all projects. */
  projectId: z.number().int().min(1).max(2_147_483_647).nullish(),
});
export type ObjectiveRequest = z.infer<typeof ObjectiveRequest>;

/** `POST /api/inference/objective`; null where it was taken away. */
export const ObjectiveAnswer = z.object({ objective: ObjectiveView.nullable() });

/** `POST /api/inference/retry`: how many that had failed are tried again. */
export const RetryAnswer = z.object({ retried: z.number().int() });

/** One of the lines of `summary.changed`. */
export const SummaryLine = z.object({
  kind: z.enum(SUMMARY_KINDS),
  entityId: z.number().int(),
  commandId: z.number().int().nullable(),
  /** The line is also this one of its command. */
  serves: z.enum(['command-instruction', 'command-outcome']).nullable(),
  text: z.string(),
  frustration: Frustration,
});
export type SummaryLine = z.infer<typeof SummaryLine>;
