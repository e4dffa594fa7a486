import { HandoffList, HandoffView, NewHandoffRequest } from '../handoff.ts';
import { LaunchList, LaunchView, NewLaunchRequest } from '../launch.ts';
import { NewPromptRequest, PromptList, PromptPatch, PromptView } from '../prompt.ts';
import { IDEMPOTENCY, LIMIT, type ApiOperation } from './operation.ts';

/** What people have agents do: prompts, new agents, handoffs. */
export const WORK_OPERATIONS: readonly ApiOperation[] = [
  {
    method: 'POST',
    path: '/api/agents/:id/prompts',
    summary: 'Puts a text or a command into its queue',
    body: NewPromptRequest,
    headers: IDEMPOTENCY,
    answers: { 200: PromptView, 201: PromptView },
  },
  {
    method: 'GET',
    path: '/api/agents/:id/prompts',
    summary: 'Its prompts, newest first',
    query: { limit: LIMIT },
    answers: { 200: PromptList },
  },
  {
    method: 'GET',
    path: '/api/agents/:id/prompts/:promptId',
    summary: 'One prompt',
    answers: { 200: PromptView },
  },
  {
    method: 'PATCH',
    path: '/api/agents/:id/prompts/:promptId',
    summary: 'Changes a prompt that still waits',
    body: PromptPatch,
    answers: { 200: PromptView },
  },
  {
    method: 'DELETE',
    path: '/api/agents/:id/prompts/:promptId',
    summary: 'Takes back a prompt that still waits',
    answers: { 200: PromptView },
  },
  {
    method: 'POST',
    path: '/api/agents/:id/prompts/:promptId/retry',
    summary: 'Sends a failed prompt again',
    answers: { 200: PromptView },
  },
  {
    method: 'POST',
    path: '/api/launches',
    summary: 'Starts an agent in a terminal of its own',
    body: NewLaunchRequest,
    headers: IDEMPOTENCY,
    answers: { 200: LaunchView, 202: LaunchView },
  },
  {
    method: 'GET',
    path: '/api/launches',
    summary: 'Agents that were started here, newest first',
    answers: { 200: LaunchList },
  },
  {
    method: 'GET',
    path: '/api/launches/:id',
    summary: 'One start',
    answers: { 200: LaunchView },
  },
  {
    method: 'POST',
    path: '/api/launches/:id/stop',
    summary: 'Ends the session that was started',
    answers: { 202: LaunchView },
  },
  {
    method: 'POST',
    path: '/api/agents/:id/handoffs',
    summary: 'Hands its work over to a successor',
    body: NewHandoffRequest,
    optionalBody: true,
    headers: IDEMPOTENCY,
    answers: { 200: HandoffView, 202: HandoffView },
  },
  {
    method: 'GET',
    path: '/api/handoffs',
    summary: 'Handoffs, newest first',
    query: { agent: 'Of this agent, whichever side it was on.' },
    answers: { 200: HandoffList },
  },
  {
    method: 'GET',
    path: '/api/handoffs/:id',
    summary: 'One handoff, with its steps and its document',
    answers: { 200: HandoffView },
  },
  {
    method: 'POST',
    path: '/api/handoffs/:id/resume',
    summary: 'Goes on with a handoff that failed',
    answers: { 202: HandoffView },
  },
  {
    method: 'POST',
    path: '/api/handoffs/:id/abandon',
    summary: 'Gives a handoff up; the predecessor goes on',
    answers: { 200: HandoffView },
  },
];
