import { z } from 'zod';
import { ApiKeyList, ApiKeyView, CreatedApiKey, NewApiKeyRequest } from '../api-key.ts';
import {
  EmbedToken,
  NewEmbedToken,
  NewRemoteAgentRequest,
  NewRemotePrompt,
  RemoteAgentList,
  RemoteAgentStatus,
  RemoteAgentView,
  RemoteApproval,
  RemotePrompt,
  RemoteTurns,
} from '../remote-agent.ts';
import { AnswerRequest } from '../terminal.ts';
import { IDEMPOTENCY, LIMIT, type ApiOperation } from './operation.ts';

/** For other programs: agents that they start, and the keys that allow it. */
export const REMOTE_OPERATIONS: readonly ApiOperation[] = [
  {
    method: 'POST',
    path: '/api/remote-agents',
    summary: 'Starts an agent in a project, with a first prompt',
    body: NewRemoteAgentRequest,
    headers: IDEMPOTENCY,
    answers: { 200: RemoteAgentView, 202: RemoteAgentView },
  },
  {
    method: 'GET',
    path: '/api/remote-agents',
    summary: "The caller's agents",
    answers: { 200: RemoteAgentList },
  },
  {
    method: 'GET',
    path: '/api/remote-agents/:id',
    summary: 'One agent; may wait until it has changed',
    query: {
      waitMs: 'How long to wait at the most.',
      after: 'Version that is known: waits for another one.',
      until:
        'What to wait for: one or more of `running`, `idle`, `your_turn`, `needs_you`, `ended`, with commas.',
    },
    answers: { 200: RemoteAgentStatus },
  },
  {
    method: 'GET',
    path: '/api/remote-agents/:id/turns',
    summary: 'The conversation, oldest first',
    query: { after: 'Turns after the one with this id.', limit: LIMIT },
    answers: { 200: RemoteTurns },
  },
  {
    method: 'POST',
    path: '/api/remote-agents/:id/prompts',
    summary: 'Puts a text into its queue',
    body: NewRemotePrompt,
    headers: IDEMPOTENCY,
    answers: { 200: RemotePrompt, 201: RemotePrompt },
  },
  {
    method: 'GET',
    path: '/api/remote-agents/:id/prompts',
    summary: 'Its prompts, newest first',
    answers: { 200: z.object({ prompts: z.array(RemotePrompt) }) },
  },
  {
    method: 'GET',
    path: '/api/remote-agents/:id/prompts/:promptId',
    summary: 'One prompt',
    answers: { 200: RemotePrompt },
  },
  {
    method: 'GET',
    path: '/api/remote-agents/:id/approvals',
    summary: 'The dialog that waits for an answer',
    answers: { 200: RemoteApproval },
  },
  {
    method: 'POST',
    path: '/api/remote-agents/:id/approvals',
    summary: 'Answers the dialog that was seen',
    body: AnswerRequest,
    answers: { 200: RemoteApproval.extend({ done: z.boolean() }) },
  },
  {
    method: 'POST',
    path: '/api/remote-agents/:id/stop',
    summary: 'Ends it',
    answers: { 202: RemoteAgentView },
  },
  {
    method: 'POST',
    path: '/api/remote-agents/:id/embed-tokens',
    summary: 'A short-lived token for its chat view',
    body: NewEmbedToken,
    optionalBody: true,
    answers: { 201: EmbedToken },
  },
  {
    method: 'GET',
    path: '/embed/:id',
    summary: 'Its chat view, for a frame',
    answers: { 200: 'text/html' },
  },
  {
    method: 'POST',
    path: '/api/keys',
    summary: 'Makes an API key; it is shown this once',
    body: NewApiKeyRequest,
    answers: { 201: CreatedApiKey },
  },
  {
    method: 'GET',
    path: '/api/keys',
    summary: 'All keys, without their secrets',
    answers: { 200: ApiKeyList },
  },
  {
    method: 'POST',
    path: '/api/keys/:id/revoke',
    summary: 'Takes a key back',
    answers: { 200: ApiKeyView },
  },
];
