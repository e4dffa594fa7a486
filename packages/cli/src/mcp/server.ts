/** The MCP server: remote agents as tools, each one call of the API. */
import {
  AnswerRequest,
  NewRemoteAgentRequest,
  REMOTE_WAIT_LIMIT_MS,
  REMOTE_WAITS,
} from '@headspace/contract';
import { type CallToolResult, McpServer } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { RefusedError, type RemoteApi } from './remote-api.ts';

const Agent = { agent: z.uuid().describe('id of the agent, from create_agent or list_agents') };
const SECONDS = REMOTE_WAIT_LIMIT_MS / 1000;

/** One server for one connection. */
export function mcpServer(api: RemoteApi, version: string): McpServer {
  const server = new McpServer(
    { name: 'headspace', version },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  );
  addReadingTools(server, api);
  addWaitingTool(server, api);
  addActingTools(server, api);
  return server;
}

const readOnly = { readOnlyHint: true };

const INSTRUCTIONS =
  'Starts and steers coding agents (Claude Code) on the machine of a Headspace server. ' +
  'Create an agent with a prompt, wait until your_turn, needs_you or ended, then read its turns. ' +
  'needs_you means that it asks something: read_dialog, then answer_dialog. Stop it when done.';

/** Waits in one request; the client asks again. */
function addWaitingTool(server: McpServer, api: RemoteApi): void {
  server.registerTool(
    'wait_for_agent',
    {
      description:
        'Waits until the agent reaches one of the given points; `reached` is false where the time ' +
        'was over first: then wait again.',
      inputSchema: z.object({
        ...Agent,
        until: z.array(z.enum(REMOTE_WAITS)).min(1).default(['your_turn', 'needs_you', 'ended']),
        seconds: z.number().int().min(1).max(SECONDS).default(SECONDS),
      }),
      annotations: readOnly,
    },
    async ({ agent, until, seconds }, context) => {
      const query = `waitMs=${seconds * 1000}&until=${until.join(',')}`;
      return answered(async () => api.get(`/${agent}?${query}`, context.mcpReq.signal));
    },
  );
}

function addReadingTools(server: McpServer, api: RemoteApi): void {
  server.registerTool(
    'list_agents',
    { description: 'The agents that this key has started, newest first.', annotations: readOnly },
    async (context) => answered(async () => api.get('', context.mcpReq.signal)),
  );
  server.registerTool(
    'agent_status',
    {
      description: 'How an agent stands: status, attention, and why.',
      inputSchema: z.object(Agent),
      annotations: readOnly,
    },
    async ({ agent }, context) => answered(async () => api.get(`/${agent}`, context.mcpReq.signal)),
  );
  server.registerTool(
    'read_turns',
    {
      description: 'The conversation. Give `next` of the last answer as `after` to read on.',
      inputSchema: z.object({
        ...Agent,
        after: z.number().int().min(0).default(0),
        limit: z.number().int().min(1).max(500).default(100),
      }),
      annotations: readOnly,
    },
    async ({ agent, after, limit }, context) => {
      const query = `after=${after}&limit=${limit}`;
      return answered(async () => api.get(`/${agent}/turns?${query}`, context.mcpReq.signal));
    },
  );
  server.registerTool(
    'read_dialog',
    {
      description: 'What the agent asks in its terminal now, with options and fingerprint.',
      inputSchema: z.object(Agent),
      annotations: readOnly,
    },
    async ({ agent }, context) =>
      answered(async () => api.get(`/${agent}/approvals`, context.mcpReq.signal)),
  );
}

function addActingTools(server: McpServer, api: RemoteApi): void {
  server.registerTool(
    'create_agent',
    {
      description: 'Starts an agent in a project, with an optional persona and first prompt.',
      inputSchema: NewRemoteAgentRequest,
    },
    async (body, context) => answered(async () => api.post('', body, context.mcpReq.signal)),
  );
  server.registerTool(
    'send_prompt',
    {
      description: 'Says something to the agent. It arrives once the agent can take it.',
      inputSchema: z.object({ ...Agent, text: z.string().min(1) }),
    },
    async ({ agent, text }, context) =>
      answered(async () => api.post(`/${agent}/prompts`, { text }, context.mcpReq.signal)),
  );
  server.registerTool(
    'answer_dialog',
    {
      description: 'Chooses an option of the dialog with this fingerprint, from read_dialog.',
      inputSchema: z.object({ ...Agent, ...AnswerRequest.shape }),
    },
    async ({ agent, ...body }, context) =>
      answered(async () => api.post(`/${agent}/approvals`, body, context.mcpReq.signal)),
  );
  server.registerTool(
    'stop_agent',
    {
      description: 'Ends the agent and closes its terminal.',
      inputSchema: z.object(Agent),
      annotations: { destructiveHint: true, idempotentHint: true },
    },
    async ({ agent }, context) =>
      answered(async () => api.post(`/${agent}/stop`, {}, context.mcpReq.signal)),
  );
}

/** A refusal is a result too: the model reads it and does something else. */
async function answered(work: () => Promise<unknown>): Promise<CallToolResult> {
  try {
    return { content: [{ type: 'text', text: JSON.stringify(await work()) }] };
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    return { content: [{ type: 'text', text: error.message }], isError: true };
  }
}
