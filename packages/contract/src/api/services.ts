import { z } from 'zod';
import { ConfigView } from '../config-view.ts';
import {
  AgentPersonaRequest,
  AgentPersonaView,
  LearningDecision,
  LearningList,
  LearningView,
  NewLearningRequest,
  NewPersonaRequest,
  PersonaFile,
  PersonaFileRequest,
  PersonaList,
  PersonaView,
} from '../persona.ts';
import {
  InferenceView,
  ObjectiveAnswer,
  ObjectiveRequest,
  RetryAnswer,
  SummaryList,
} from '../summary.ts';
import { LIMIT, type ApiOperation } from './operation.ts';

const IF_MATCH = {
  'if-match': 'ETag of the version that was read; 412 where there is a newer one.',
};

/** Personas, summaries, settings. */
export const SERVICE_OPERATIONS: readonly ApiOperation[] = [
  {
    method: 'GET',
    path: '/api/personas',
    summary: 'All personas, and the guardrails for all',
    answers: { 200: PersonaList },
  },
  {
    method: 'POST',
    path: '/api/personas',
    summary: 'Makes a persona',
    body: NewPersonaRequest,
    answers: { 201: PersonaView },
  },
  {
    method: 'GET',
    path: '/api/personas/:slug',
    summary: 'One persona with its files',
    answers: { 200: PersonaView },
  },
  {
    method: 'PUT',
    path: '/api/personas/:slug/files/:name',
    summary: 'Replaces a file: `skill.md`, `experience.md` or `guardrails.md`',
    body: PersonaFileRequest,
    headers: IF_MATCH,
    answers: { 200: PersonaFile },
  },
  {
    method: 'GET',
    path: '/api/guardrails',
    summary: 'The guardrails for all agents',
    answers: { 200: PersonaFile },
  },
  {
    method: 'PUT',
    path: '/api/guardrails',
    summary: 'Replaces them',
    body: PersonaFileRequest,
    headers: IF_MATCH,
    answers: { 200: PersonaFile },
  },
  {
    method: 'GET',
    path: '/api/personas/:slug/learnings',
    summary: 'What its agents have learned, reviewed or not',
    answers: { 200: LearningList },
  },
  {
    method: 'POST',
    path: '/api/personas/:slug/learnings',
    summary: 'Proposes a learning',
    body: NewLearningRequest,
    answers: { 201: LearningView },
  },
  {
    method: 'POST',
    path: '/api/personas/:slug/learnings/:id',
    summary: 'Takes a proposed learning into the experience, or refuses it',
    body: LearningDecision,
    answers: { 200: LearningView },
  },
  {
    method: 'GET',
    path: '/api/agents/:id/persona',
    summary: 'The persona of an agent, and what was given to it',
    answers: { 200: AgentPersonaView },
  },
  {
    method: 'PUT',
    path: '/api/agents/:id/persona',
    summary: 'Gives an agent a persona, or takes it away',
    body: AgentPersonaRequest,
    answers: { 200: AgentPersonaView },
  },
  {
    method: 'GET',
    path: '/api/summaries',
    summary: 'Summaries, newest first',
    query: {
      agentId: 'Of this agent.',
      state: 'In this state.',
      before: 'Older than the one with this id.',
      limit: LIMIT,
    },
    answers: { 200: SummaryList },
  },
  {
    method: 'GET',
    path: '/api/inference',
    summary: 'Provider, queue, budget, objectives and the last calls',
    answers: { 200: InferenceView },
  },
  {
    method: 'POST',
    path: '/api/inference/pause',
    summary: 'Asks no provider any more',
    answers: { 200: InferenceView },
  },
  {
    method: 'POST',
    path: '/api/inference/resume',
    summary: 'Goes on asking',
    answers: { 200: InferenceView },
  },
  {
    method: 'POST',
    path: '/api/inference/objective',
    summary: 'Sets what agents are ranked against; without a text there is none',
    body: ObjectiveRequest,
    answers: { 200: ObjectiveAnswer },
  },
  {
    method: 'POST',
    path: '/api/inference/retry',
    summary: 'Tries failed summaries once more',
    answers: { 200: RetryAnswer },
  },
  {
    method: 'GET',
    path: '/api/config',
    summary: 'All settings, where each comes from, and what is wrong with the file',
    answers: { 200: ConfigView },
  },
  {
    method: 'PATCH',
    path: '/api/config',
    summary: 'Changes settings: names with values, null to take one out of the file',
    body: z.record(z.string(), z.unknown()),
    headers: IF_MATCH,
    answers: { 200: ConfigView },
  },
];
