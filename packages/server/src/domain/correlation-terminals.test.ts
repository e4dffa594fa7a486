/** A session in two terminals, one of which goes on with a session of its own. */
import { describe, expect, test } from 'vitest';
import { type Candidate, correlate, type EventFacts } from './correlation.ts';

const PANE = { tmuxSocket: '/tmp/tmux', tmuxPane: '%2' };

const event = (name: string, more: Partial<EventFacts> = {}): EventFacts => ({
  event: name,
  at: 1_000_000,
  sessionId: 's2',
  host: 'h',
  pid: 8,
  procStart: '800',
  ...PANE,
  promptId: null,
  source: null,
  reason: null,
  loadReason: null,
  cwd: '/repo',
  print: false,
  sessionFileAlive: false,
  ...more,
});

/** Session s1 in the processes 7 and 8; the pane is that of 8, which came last. */
const shared = (presence: 'alive' | 'absent' | 'unknown'): Candidate => ({
  id: 1,
  host: 'h',
  sessionId: 's1',
  sessionIds: ['s0', 's1'],
  handoverPromptId: 'p1',
  lastStart: 'resume',
  atRestSinceStart: true,
  cwd: '/repo',
  ...PANE,
  endedBy: null,
  endedAt: null,
  processes: [
    { pid: 7, procStart: '700', tmuxSocket: '/tmp/tmux', tmuxPane: '%1', presence },
    { pid: 8, procStart: '800', ...PANE, presence: 'alive' },
  ],
});
const leaves = [{ id: 1, fate: { kind: 'loses_process' } }];

describe('while the other process lives', () => {
  test('a fork is an agent of its own', () => {
    expect(correlate(event('UserPromptSubmit'), [shared('alive')])).toEqual({
      kind: 'create',
      print: false,
      takePane: true,
      losers: leaves,
    });
  });

  test('so is the session after /clear, whatever else links it', () => {
    const start = event('SessionStart', { source: 'clear', promptId: 'p1' });
    expect(correlate(start, [shared('alive')])).toMatchObject({ kind: 'create', losers: leaves });
  });

  test('/resume of another session goes to that one’s agent', () => {
    const start = event('SessionStart', { source: 'resume' });
    const other = { ...shared('alive'), id: 2, sessionId: 's2', sessionIds: ['s2'], processes: [] };
    const decision = correlate(start, [shared('alive'), { ...other, tmuxPane: null }]);
    expect(decision).toMatchObject({ kind: 'agent', id: 2, losers: leaves });
  });

  test('an id of its own chain is no new session', () => {
    for (const sessionId of ['s0', 's1']) {
      const prompt = event('UserPromptSubmit', { sessionId });
      expect(correlate(prompt, [shared('alive')])).toMatchObject({ kind: 'agent', id: 1 });
    }
  });
});

test.each(['absent', 'unknown'] as const)('the other process %s: the chain goes on', (presence) => {
  expect(correlate(event('UserPromptSubmit'), [shared(presence)])).toMatchObject({
    kind: 'agent',
    id: 1,
    adoptSession: true,
    losers: [],
  });
});
