/** What the prompts feature needs from outside. */
import type { Settings } from '@headspace/contract';
import type { AgentsContext } from '../agents/index.ts';

export interface PromptsContext extends AgentsContext {
  /** Of this server: agents of other hosts are served by a server there. */
  hostId: string;
  /** Milliseconds since 1970. */
  now: () => number;
  /** As they are now. */
  settings: Pick<Settings, 'prompts.maxQueued' | 'prompts.maxCharacters'>;
  /** After a commit that left something to deliver to this agent. */
  onQueued: (agentId: number) => void;
}
