/** What the prompts feature needs from outside. */
import type { AgentsContext } from '../agents/index.ts';

export interface PromptsContext extends AgentsContext {
  /** Of this server: agents of other hosts are served by a server there. */
  hostId: string;
  /** Milliseconds since 1970. */
  now: () => number;
  /** Prompts that may wait for one agent at once. */
  maxQueued: number;
  /** Longest prompt, in UTF-16 units. */
  maxCharacters: number;
  /** After a commit that left something to deliver to this agent. */
  onQueued: (agentId: number) => void;
}
