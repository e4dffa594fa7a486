import { z } from 'zod';
import {
  AdvisoryLockView,
  AgentView,
  HookEventView,
  HookStatus,
  TransitionView,
  TurnView,
} from '../agent.ts';
import { ApprovalDecision, ApprovalList, ApprovalResult } from '../approval.ts';
import { AnswerRequest, KeyResult, TerminalView } from '../terminal.ts';
import { UsageView } from '../usage.ts';
import { LIMIT, type ApiOperation } from './operation.ts';

const PAGE = { before: 'Rows older than the one with this id.', limit: LIMIT };

export const AGENT_OPERATIONS: readonly ApiOperation[] = [
  {
    method: 'GET',
    path: '/api/agents',
    summary: 'All agents, and the cursor of the stream from which on changes are told',
    query: { include: '`ended`: those that have ended, too.' },
    answers: { 200: z.object({ agents: z.array(AgentView), cursor: z.string() }) },
  },
  {
    method: 'GET',
    path: '/api/agents/:id',
    summary: 'One agent',
    answers: { 200: AgentView },
  },
  {
    method: 'GET',
    path: '/api/agents/:id/turns',
    summary: 'The conversation, newest first',
    query: { ...PAGE, include: '`tools`: with the use of tools.' },
    answers: { 200: z.object({ turns: z.array(TurnView) }) },
  },
  {
    method: 'GET',
    path: '/api/agents/:id/transitions',
    summary: 'The history of its state, each change with its cause',
    query: PAGE,
    answers: { 200: z.object({ transitions: z.array(TransitionView) }) },
  },
  {
    method: 'GET',
    path: '/api/agents/:id/events',
    summary: 'The raw events of its hooks, each with what it did',
    query: PAGE,
    answers: { 200: z.object({ events: z.array(HookEventView) }) },
  },
  {
    method: 'GET',
    path: '/api/agents/:id/usage',
    summary: 'Tokens and money',
    answers: { 200: UsageView },
  },
  {
    method: 'GET',
    path: '/api/agents/:id/terminal',
    summary: 'The dialog on its screen, and whether it can be written to',
    answers: { 200: TerminalView },
  },
  {
    method: 'POST',
    path: '/api/agents/:id/interrupt',
    summary: 'Stops its turn, as Escape does',
    answers: { 200: KeyResult },
  },
  {
    method: 'POST',
    path: '/api/agents/:id/answer',
    summary: 'Answers the dialog that was seen; the first answer wins',
    body: AnswerRequest,
    answers: { 200: KeyResult },
  },
  {
    method: 'GET',
    path: '/api/approvals',
    summary: 'The permissions and plans that agents wait for, with what can be decided from here',
    answers: { 200: ApprovalList },
  },
  {
    method: 'POST',
    path: '/api/approvals/:id',
    summary: 'Allows or denies; the first answer wins, later ones get 409',
    body: ApprovalDecision,
    answers: { 200: ApprovalResult },
  },
  {
    method: 'POST',
    path: '/api/agents/:id/dismiss',
    summary: 'Ends an agent of which nothing is heard any more',
    answers: { 200: AgentView },
  },
  {
    method: 'POST',
    path: '/api/agents/:id/restore',
    summary: 'Takes a dismissal back',
    answers: { 200: AgentView },
  },
  {
    method: 'GET',
    path: '/api/hook-events',
    summary: 'Raw events of all hooks, newest first',
    query: {
      sessionId: 'Of this session.',
      agentId: 'Of this agent.',
      status: '`pending`, `applied`, `recorded` or `parked`.',
      ...PAGE,
    },
    answers: { 200: z.object({ events: z.array(HookEventView) }) },
  },
  {
    method: 'POST',
    path: '/api/hook-events/:id/rerun',
    summary: 'Applies a parked event once more',
    answers: { 202: z.object({ id: z.number().int(), status: z.literal('pending') }) },
  },
  {
    method: 'GET',
    path: '/hook/status',
    summary: 'How many events came and how many wait',
    answers: { 200: HookStatus },
  },
  {
    method: 'POST',
    path: '/hook/:slug',
    summary:
      "An event as Claude Code sends it; the slug is its name in lower case with dashes. Answers Claude's own JSON where there is something to say",
    body: z.looseObject({
      session_id: z.string().optional(),
      hook_event_name: z.string().optional(),
    }),
    answers: { 200: z.looseObject({}), 204: null },
  },
  {
    method: 'POST',
    path: '/hook/status-line',
    summary: 'What Claude Code hands to a status line',
    body: z.looseObject({}),
    answers: { 204: null },
  },
  {
    method: 'GET',
    path: '/api/advisory-locks',
    summary: 'Who holds and who waits for the locks of this database',
    answers: { 200: z.object({ locks: z.array(AdvisoryLockView), count: z.number().int() }) },
  },
];
