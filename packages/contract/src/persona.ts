/** Personas: folders under HEADSPACE_HOME/personas, what agents were told of them, what they learned. */
import { z } from 'zod';
import { PersonaSlug } from './launch.ts';
import { PromptKey } from './prompt.ts';
import { Timestamp } from './usage.ts';

export const PERSONA_FILES = ['skill.md', 'experience.md', 'guardrails.md'] as const;
export type PersonaFileName = (typeof PERSONA_FILES)[number];

export const INJECTION_STATES = [
  'claimed',
  'delivered',
  'confirmed',
  'uncertain',
  'failed',
] as const;
export type InjectionState = (typeof INJECTION_STATES)[number];

export const INJECTION_HOWS = ['answer', 'typed'] as const;
export type InjectionHow = (typeof INJECTION_HOWS)[number];

export const LEARNING_STATES = ['pending', 'accepted', 'rejected'] as const;
export type LearningState = (typeof LEARNING_STATES)[number];

export const PersonaFile = z.object({
  name: z.string(),
  /** Null where there is no such file. */
  content: z.string().nullable(),
  /** Entity tag of the content, for `If-Match`. */
  etag: z.string(),
  bytes: z.number().int(),
  /** Why it cannot be used, and what to do; null where it can. */
  problem: z.string().nullable(),
});
export type PersonaFile = z.infer<typeof PersonaFile>;

export const PersonaSummary = z.object({
  slug: z.string(),
  /** Hash over the files' contents; null where it cannot be used. */
  version: z.string().nullable(),
  /** Why it cannot be used, and what to do. */
  problem: z.string().nullable(),
  /** The living agents that have it. */
  agents: z.array(z.object({ id: z.number().int(), version: z.string().nullable() })),
  pendingLearnings: z.number().int(),
});
export type PersonaSummary = z.infer<typeof PersonaSummary>;

/** `GET /api/personas` */
export const PersonaList = z.object({
  personas: z.array(PersonaSummary),
  /** HEADSPACE_HOME/guardrails.md, given to every agent that has a persona. */
  guardrails: PersonaFile,
  /** Where the folders are. */
  folder: z.string(),
});
export type PersonaList = z.infer<typeof PersonaList>;

/** `GET /api/personas/:slug` */
export const PersonaView = PersonaSummary.extend({
  folder: z.string(),
  files: z.array(PersonaFile),
});
export type PersonaView = z.infer<typeof PersonaView>;

/** `POST /api/personas` */
export const NewPersonaRequest = z.strictObject({
  slug: PersonaSlug,
  skill: z.string(),
  experience: z.string().optional(),
  guardrails: z.string().optional(),
});
export type NewPersonaRequest = z.infer<typeof NewPersonaRequest>;

/** `PUT /api/personas/:slug/files/:name` and `PUT /api/guardrails` */
export const PersonaFileRequest = z.strictObject({ content: z.string() });
export type PersonaFileRequest = z.infer<typeof PersonaFileRequest>;

/** `PUT /api/agents/:id/persona` */
export const AgentPersonaRequest = z.strictObject({
  persona: PersonaSlug.nullable(),
  /** The same key again asks for the same thing. */
  key: PromptKey.optional(),
});
export type AgentPersonaRequest = z.infer<typeof AgentPersonaRequest>;

/** One time that an agent was given a persona's text. */
export const InjectionView = z.object({
  id: z.number().int(),
  sessionId: z.string(),
  context: z.number().int(),
  cause: z.enum(['start', 'person']),
  persona: z.string().nullable(),
  version: z.string().nullable(),
  how: z.enum(INJECTION_HOWS),
  state: z.enum(INJECTION_STATES),
  reason: z.string().nullable(),
  promptId: z.number().int().nullable(),
  claimedAt: Timestamp,
  deliveredAt: Timestamp.nullable(),
  settledAt: Timestamp.nullable(),
});
export type InjectionView = z.infer<typeof InjectionView>;

/** `GET /api/agents/:id/persona`: what it has, and what it was told, newest first. */
export const AgentPersonaView = z.object({
  persona: z.string().nullable(),
  notice: z.string().nullable(),
  hold: z.string().nullable(),
  injections: z.array(InjectionView),
});
export type AgentPersonaView = z.infer<typeof AgentPersonaView>;

export const LearningView = z.object({
  id: z.number().int(),
  persona: z.string(),
  agentId: z.number().int().nullable(),
  text: z.string(),
  state: z.enum(LEARNING_STATES),
  proposedAt: Timestamp,
  decidedAt: Timestamp.nullable(),
});
export type LearningView = z.infer<typeof LearningView>;

export const LearningList = z.object({ learnings: z.array(LearningView) });
export type LearningList = z.infer<typeof LearningList>;

/** `POST /api/personas/:slug/learnings` */
export const NewLearningRequest = z.strictObject({
  text: z.string().trim().min(1).max(500),
  agentId: z.number().int().positive().max(2_147_483_647).optional(),
});
export type NewLearningRequest = z.infer<typeof NewLearningRequest>;

/** `POST /api/personas/:slug/learnings/:id`: `text` puts other words in its place. */
export const LearningDecision = z.strictObject({
  decision: z.enum(['accept', 'reject']),
  text: z.string().trim().min(1).max(500).optional(),
});
export type LearningDecision = z.infer<typeof LearningDecision>;
