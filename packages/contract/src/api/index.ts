/** Every route of the HTTP API, by what it is about. */
import { AGENT_OPERATIONS } from './agents.ts';
import type { ApiOperation } from './operation.ts';
import { REMOTE_OPERATIONS } from './remote.ts';
import { SERVER_OPERATIONS } from './server.ts';
import { SERVICE_OPERATIONS } from './services.ts';
import { WORK_OPERATIONS } from './work.ts';

export type { ApiOperation } from './operation.ts';

export const API: Readonly<Record<string, readonly ApiOperation[]>> = {
  Agents: AGENT_OPERATIONS,
  'Prompts, launches, handoffs': WORK_OPERATIONS,
  'Personas, summaries, settings': SERVICE_OPERATIONS,
  'Remote agents and keys': REMOTE_OPERATIONS,
  Server: SERVER_OPERATIONS,
};
