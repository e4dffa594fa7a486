/** Builds personas and what they have to say at hooks: part of the composition in context.ts. */
import type { HooksContext } from '../features/hooks/index.ts';
import {
  answerStart,
  claimAlongside,
  injectionJob,
  learningJob,
  type PersonasContext,
  startCameAgain,
} from '../features/personas/index.ts';
import type { AgentsContext } from '../features/agents/index.ts';
import type { Job } from '../platform/jobs/index.ts';
import type { Platform } from '../platform/platform.ts';

export function personasContext(
  { settings, hostId, clock, paths, logger: log }: Platform,
  { pool, locks, announce, prices }: AgentsContext,
  onQueued: PersonasContext['onQueued'],
): PersonasContext {
  const rest = prices === undefined ? {} : { prices };
  const own = { home: paths.home, hostId, now: clock.now, settings, onQueued, log };
  return { pool, locks, announce, ...rest, ...own };
}

/** What the hooks feature asks of personas. `personas` is there before the first hook is. */
export function atHooks(
  personas: () => PersonasContext,
): Required<Pick<HooksContext, 'alongside' | 'answerTo' | 'cameAgain'>> {
  return {
    alongside: async (section, applied) => claimAlongside(personas(), section, applied),
    async answerTo({ event, eventId }, withinMs) {
      if (event !== 'SessionStart') return null;
      try {
        return await answerStart(personas(), eventId, withinMs);
      } catch (error) {
        personas().log.warn({ err: error, eventId }, 'no persona in the answer; it will be typed');
        return null;
      }
    },
    async cameAgain({ event, eventId }) {
      if (event === 'SessionStart') await startCameAgain(personas(), eventId);
    },
  };
}

export function personaJobs(context: PersonasContext): Job[] {
  return [injectionJob(context), learningJob(context)];
}
