/** Where a person sits who sends prompts, interrupts and answers: the API, called as a program does. */
import type { PromptView } from '@headspace/contract';
import { waitUntil } from '@headspace/testkit/wait-until';
import type { BoardAddress } from './board.ts';

/** Answered, and what with. */
export interface Reply<T> {
  readonly status: number;
  readonly body: T;
}

export interface PromptDesk {
  call<T>(method: string, path: string, body?: unknown): Promise<Reply<T>>;
  /** Gives a prompt; throws what the server says where it is not taken. */
  send(
    agentId: number,
    text: string,
    more?: { command?: boolean; key?: string },
  ): Promise<PromptView>;
  /** Open ones first. */
  list(agentId: number): Promise<PromptView[]>;
  /** Resolves to the prompt once it is in one of these states. */
  until(agentId: number, id: number, ...states: PromptView['state'][]): Promise<PromptView>;
}

/** Generous for a busy machine: a delivery that has to wait looks again each second. */
const SEEN_MS = 60_000;

/** `shown`: what stands on the screens, for the errors of waits. */
export function createDesk(
  address: () => BoardAddress,
  shown: () => Promise<string> = async () => '',
): PromptDesk {
  const desk: PromptDesk = {
    async call<T>(method: string, path: string, body?: unknown): Promise<Reply<T>> {
      const { url, operatorToken } = address();
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${operatorToken}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: (text === '' ? null : JSON.parse(text)) as T };
    },
    async send(agentId, text, more = {}) {
      const path = `/api/agents/${agentId}/prompts`;
      const { status, body } = await desk.call<PromptView>('POST', path, { text, ...more });
      if (status >= 300) throw new Error(`${path} answered ${status}: ${JSON.stringify(body)}`);
      return body;
    },
    async list(agentId) {
      const path = `/api/agents/${agentId}/prompts`;
      return (await desk.call<{ prompts: PromptView[] }>('GET', path)).body.prompts;
    },
    async until(agentId, id, ...states) {
      let seen: PromptView | undefined;
      return waitUntil(
        async () => {
          seen = (await desk.call<PromptView>('GET', `/api/agents/${agentId}/prompts/${id}`)).body;
          return states.includes(seen.state) ? seen : undefined;
        },
        {
          timeoutMs: SEEN_MS,
          what: () => `prompt ${id} ${states.join(' or ')}, which is ${JSON.stringify(seen)}`,
        },
      ).catch(async (error: unknown) => {
        if (error instanceof Error) error.message += `\n${await shown()}`;
        throw error;
      });
    },
  };
  return desk;
}
