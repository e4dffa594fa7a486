import { z } from 'zod';
import type { ApiOperation } from './operation.ts';

/** The server itself. */
export const SERVER_OPERATIONS: readonly ApiOperation[] = [
  {
    method: 'GET',
    path: '/api/events',
    summary: 'The stream of changes (server-sent events); `id` is the cursor',
    query: { after: 'The cursor after which to go on.' },
    headers: { 'last-event-id': 'The same, as browsers send it.' },
    answers: { 200: 'text/event-stream' },
  },
  {
    method: 'GET',
    path: '/api/status',
    summary: 'Which server this is',
    answers: { 200: z.looseObject({ version: z.string(), processId: z.string() }) },
  },
  {
    method: 'POST',
    path: '/api/login',
    summary: 'Gives a browser the cookie of the dashboard',
    body: z.object({ token: z.string().max(1_000) }),
    answers: { 204: null },
  },
  {
    method: 'POST',
    path: '/api/logout',
    summary: 'Takes it away',
    answers: { 204: null },
  },
  {
    method: 'GET',
    path: '/health/live',
    summary: 'The process runs',
    answers: { 200: z.object({ status: z.literal('ok') }) },
  },
  {
    method: 'GET',
    path: '/health/ready',
    summary: 'It can take hooks; 503 with what is missing where not',
    answers: { 200: z.looseObject({ status: z.string(), missing: z.array(z.string()) }) },
  },
  {
    method: 'GET',
    path: '/metrics',
    summary: 'Metrics for Prometheus',
    answers: { 200: 'text/plain' },
  },
  {
    method: 'GET',
    path: '/api/openapi.json',
    summary: 'This description',
    answers: { 200: z.looseObject({ openapi: z.string() }) },
  },
];
