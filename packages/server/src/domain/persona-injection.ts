/**
 * Whether a start of a session calls for the persona's text, and how it is given. Pure.
 *
 * What the client keeps (seen on 2.1.197): the text stays in the transcript, so a resumed or forked
 * session has it; /clear begins an empty one, and of a compacted one it is gone.
 */
import type { InjectionHow, InjectionState } from '@headspace/contract';
import type { Activity } from './activity.ts';
import type { NewJob } from './agent-state.ts';

/** An injection of the same session, as it stands. */
export interface PastInjection {
  context: number;
  persona: string | null;
  state: InjectionState;
}

export interface Start {
  /** SessionStart's `source`. */
  source: string;
  persona: string | null;
  /** Claude Code waits for the answer; else it is typed. */
  answerable: boolean;
  /** The session has gone on since its newest injection: a prompt, an answer, a compaction. */
  wentOn: boolean;
}

/** Null where the context has it already. `past`: of the start's session. */
export function planInjection(
  start: Start,
  past: readonly PastInjection[],
): { context: number; how: InjectionHow } | null {
  const given = past.some(({ persona, state }) => persona === start.persona && state !== 'failed');
  // Two SessionStart of one compaction come with nothing between them.
  if (given && !(start.source === 'compact' && start.wentOn)) return null;
  const last = Math.max(0, ...past.map(({ context }) => context));
  return { context: last + 1, how: start.answerable ? 'answer' : 'typed' };
}

/** What an agent's activity keeps of its persona. */
export interface PersonaActivity {
  /** Went out with an answer, and nothing has proved yet that it arrived. */
  awaited: { id: number; token: string } | null;
  /** What a person should know, such as a missing file. */
  notice: string | null;
  /** Why the agent gets no prompts; null where it may. */
  hold: string | null;
}

export const INJECTION_JOB = 'persona-injection';

export interface InjectionJob {
  agentId: number;
  injectionId: number;
  /** How long its proof has been looked for. */
  waitedMs: number;
}

/** Keyed by the injection: one look at a time is enough. */
export function injectionJob(agentId: number, injectionId: number, afterMs: number): NewJob {
  const payload: InjectionJob = { agentId, injectionId, waitedMs: 0 };
  return { name: INJECTION_JOB, key: `${INJECTION_JOB}:${injectionId}`, payload, afterMs };
}

export function personaActivity({ persona }: Pick<Activity, 'persona'>): PersonaActivity {
  return persona ?? { awaited: null, notice: null, hold: null };
}
