/** An agent in permission dialogs, drawn by a stand-in that a test moves on, and people who answer. */
import { fileURLToPath } from 'node:url';
import type { ApprovalList, ApprovalResult, ApprovalView, Problem } from '@headspace/contract';
import { waitUntil } from '@headspace/testkit/wait-until';
import { openBridgeWorld, type BridgeWorld } from './bridge-world.ts';
import type { Reply } from './prompt-desk.ts';

const CLIENT = fileURLToPath(new URL('stand-in-dialogs.mjs', import.meta.url));

export interface ApprovalWorld extends BridgeWorld {
  /** Tells of the dialog for this command, as the hooks of Claude Code do. */
  ask(command: string, toolUseId: string): Promise<void>;
  list(server?: number): Promise<ApprovalView[]>;
  /** The one approval that waits. */
  only(): Promise<ApprovalView>;
  /** As the operator; of the first server unless said. */
  post<T = ApprovalResult & Problem>(
    path: string,
    body: object,
    server?: number,
  ): Promise<Reply<T>>;
  decide(id: number, body: object, server?: number): Promise<Reply<ApprovalResult & Problem>>;
  /** Keys that the client has got, oldest first. */
  keys(): Promise<string[]>;
  /** The client goes on to its next dialog, and `pattern` is seen. */
  next(pattern: RegExp): Promise<void>;
}

export async function openApprovalWorld(
  commands: readonly string[],
  { servers = 1 } = {},
): Promise<ApprovalWorld> {
  const client = { program: CLIENT, args: commands };
  const world = await openBridgeWorld({ servers, client });
  await world.hook('UserPromptSubmit', { prompt: 'go', prompt_id: 'p1' });
  const call = async <T>(method: string, path: string, server: number, body?: object) => {
    const to = world.hooks.servers[server];
    if (to === undefined) throw new Error(`no server ${server}`);
    const response = await fetch(`${to.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${to.operatorToken}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as T };
  };
  const post: ApprovalWorld['post'] = async (path, body, server = 0) =>
    call('POST', path, server, body);
  const list: ApprovalWorld['list'] = async (server = 0) =>
    (await call<ApprovalList>('GET', '/api/approvals', server)).body.approvals;
  return {
    ...world,
    async ask(command, toolUseId) {
      const input = { command, description: 'Run a command' };
      const tool = { tool_name: 'Bash', tool_input: input, prompt_id: 'p1' };
      await world.hook('PreToolUse', { ...tool, tool_use_id: toolUseId });
      await world.hook('PermissionRequest', tool);
    },
    list,
    async only() {
      const [first, ...others] = await list();
      if (first === undefined || others.length > 0) throw new Error('not one approval');
      return first;
    },
    post,
    decide: async (id, body, server) => post(`/api/approvals/${id}`, body, server),
    keys: async () => world.submitted(),
    async next(pattern) {
      process.kill(world.pid, 'SIGUSR1');
      await waitUntil(async () => pattern.test(await world.pane.capture()), {
        what: `${pattern} on the screen`,
      });
    },
  };
}
