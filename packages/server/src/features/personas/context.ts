/** What the personas feature needs from outside. */
import type { Settings } from '@headspace/contract';
import type { Logger } from 'pino';
import type { AgentsContext } from '../agents/index.ts';
import type { PersonaFolders } from './folder.ts';

export interface PersonasContext extends AgentsContext, PersonaFolders {
  /** Of this server: personas of other hosts lie in other folders. */
  readonly hostId: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** As they are now. */
  readonly settings: Pick<Settings, 'prompts.maxCharacters' | 'personas.proofWithinMs'>;
  /** After a commit that left a prompt for this agent. */
  readonly onQueued: (agentId: number) => void;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}
