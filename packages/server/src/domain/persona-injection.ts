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
  /** The newest injection, until something proves what became of it. */
  open: OpenInjection | null;
  /** Tokens that the transcript has shown; the newest last. */
  proved: string[];
  /** What a person should know, such as a missing file. */
  notice: string | null;
  /** Why the agent gets no prompts but that of its persona; null where it may. */
  hold: string | null;
}

export interface OpenInjection {
  id: number;
  /** Stands in its text. */
  token: string;
  /** The prompt that types it. */
  promptId: number | null;
}

export const WAITS_FOR_PERSONA = 'waits until its persona has been given';

export function personaActivity({ persona }: Pick<Activity, 'persona'>): PersonaActivity {
  return persona ?? { open: null, proved: [], notice: null, hold: null };
}

/** Why this prompt of the agent may not be sent now; null where it may. */
export function personaBar(
  { persona }: Pick<Activity, 'persona'>,
  promptId: number,
): string | null {
  return persona === undefined || persona.open?.promptId === promptId ? null : persona.hold;
}

const PROVED = 8;

/** The transcript has shown these tokens. Gives the injection that was waited for, if it is among them. */
export function noteTokens(activity: Activity, tokens: readonly string[]): OpenInjection | null {
  const { persona } = activity;
  if (persona === undefined) return null;
  const fresh = tokens.filter((token) => !persona.proved.includes(token));
  activity.persona = { ...persona, proved: [...persona.proved, ...fresh].slice(-PROVED) };
  return persona.open !== null && fresh.includes(persona.open.token) ? persona.open : null;
}

export const injectionJobName = (host: string): string => `persona-injection@${host}`;

export interface InjectionJob {
  agentId: number;
  injectionId: number;
  /** Something has been said since: what became of it can be found out. Else it is only typed, if need be. */
  proof: boolean;
  /** How long that has been looked for. */
  waitedMs: number;
}

/** On the agent's host, where the persona's files are. Keyed by the injection: one look at a time. */
export function injectionJob(
  { id, host }: { id: number; host: string },
  injectionId: number,
  { proof, afterMs }: { proof: boolean; afterMs: number },
): NewJob {
  const payload: InjectionJob = { agentId: id, injectionId, proof, waitedMs: 0 };
  return {
    name: injectionJobName(host),
    key: `persona injection ${injectionId}`,
    payload,
    afterMs,
  };
}
