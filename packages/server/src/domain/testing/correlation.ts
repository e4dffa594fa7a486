/** Events and agents as correlation reads them, for tests. */
import { type Candidate, correlate, type EventFacts, type KnownProcess } from '../correlation.ts';

export const AT = 1_000_000;
export const PANE = { tmuxSocket: '/tmp/tmux', tmuxPane: '%1' };
export const OTHER_PANE = { tmuxSocket: '/tmp/tmux', tmuxPane: '%2' };

export const event = (name: string, more: Partial<EventFacts> = {}): EventFacts => ({
  event: name,
  at: AT,
  sessionId: 's1',
  host: 'h',
  pid: null,
  procStart: null,
  tmuxSocket: null,
  tmuxPane: null,
  promptId: null,
  source: null,
  reason: null,
  loadReason: null,
  cwd: '/repo',
  print: false,
  sessionFileAlive: false,
  ...more,
});
export const start = (source: string, more: Partial<EventFacts> = {}) =>
  event('SessionStart', { source, ...more });

export const process = (pid: number, more: Partial<KnownProcess> = {}): KnownProcess => ({
  pid,
  procStart: `${pid}00`,
  ...PANE,
  presence: 'unknown',
  ...more,
});
export const from = (pid: number) => ({ pid, procStart: `${pid}00` });

export const agent = (more: Partial<Candidate> = {}): Candidate => ({
  id: 1,
  host: 'h',
  sessionId: 's1',
  sessionIds: ['s1'],
  handoverPromptId: null,
  lastStart: 'startup',
  atRestSinceStart: false,
  cwd: '/repo',
  tmuxSocket: null,
  tmuxPane: null,
  endedBy: null,
  endedAt: null,
  processes: [],
  ...more,
});
export const inPane = (more: Partial<Candidate> = {}) => agent({ ...PANE, ...more });
export const ended = (by: 'hook' | 'inference' | 'person', more: Partial<Candidate> = {}) =>
  agent({ endedBy: by, endedAt: AT - 1_000, ...more });

/** The decision in short: what it changes, apart from defaults. */
export function decided(facts: EventFacts, known: Candidate[]) {
  const decision = correlate(facts, known);
  if (decision.kind === 'record') return 'record';
  if (decision.kind === 'create') {
    const { print, takePane, losers } = decision;
    return { create: true, ...(print && { print }), ...(takePane && { takePane }), losers };
  }
  const { id, revive, recordOnly, adoptSession, takePane, replaced, losers } = decision;
  return {
    id,
    ...(revive && { revive }),
    ...(recordOnly !== null && { recordOnly }),
    ...(adoptSession && { adoptSession }),
    ...(takePane && { takePane }),
    ...(replaced.length > 0 && { replaced: replaced.map(({ pid }) => pid) }),
    losers,
  };
}

export const none = { losers: [] };
