/** To which agent an event belongs: a table of cases, each with what is known before it. */
import { describe, expect, test } from 'vitest';
import { type Candidate, correlate, type EventFacts, type KnownProcess } from './correlation.ts';

const AT = 1_000_000;
const PANE = { tmuxSocket: '/tmp/tmux', tmuxPane: '%1' };
const OTHER_PANE = { tmuxSocket: '/tmp/tmux', tmuxPane: '%2' };

const event = (name: string, more: Partial<EventFacts> = {}): EventFacts => ({
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
const start = (source: string, more: Partial<EventFacts> = {}) =>
  event('SessionStart', { source, ...more });

const process = (pid: number, more: Partial<KnownProcess> = {}): KnownProcess => ({
  pid,
  procStart: `${pid}00`,
  ...PANE,
  presence: 'unknown',
  ...more,
});
const from = (pid: number) => ({ pid, procStart: `${pid}00` });

const agent = (more: Partial<Candidate> = {}): Candidate => ({
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
const inPane = (more: Partial<Candidate> = {}) => agent({ ...PANE, ...more });
const ended = (by: 'hook' | 'inference' | 'person', more: Partial<Candidate> = {}) =>
  agent({ endedBy: by, endedAt: AT - 1_000, ...more });

/** The decision in short: what it changes, apart from defaults. */
function decided(facts: EventFacts, known: Candidate[]) {
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

const none = { losers: [] };

describe('SessionStart twice', () => {
  test.each([
    ['by session', start('startup'), agent()],
    ['by process', start('startup', from(7)), agent({ processes: [process(7)] })],
    ['in its pane', start('startup', PANE), inPane()],
  ])('is one agent, %s', (_name, facts, known) => {
    expect(decided(facts, [known])).toEqual({ id: 1, takePane: true, ...none });
  });

  test('a start of which nothing is known makes an agent', () => {
    expect(decided(start('startup'), [])).toEqual({ create: true, takePane: true, ...none });
  });

  test('the same session id on another host is another agent', () => {
    expect(decided(start('startup'), [agent({ host: 'other' })])).toMatchObject({ create: true });
  });
});

describe('phantom sessions', () => {
  test.each(['Notification', 'SessionEnd', 'SubagentStop', 'ConfigChange', 'InstructionsLoaded'])(
    '%s of a session that is not known makes no agent',
    (name) => {
      expect(decided(event(name), [])).toBe('record');
    },
  );

  test.each(['UserPromptSubmit', 'PreToolUse', 'Stop', 'PermissionRequest', 'SubagentStart'])(
    '%s of a session that was there before the server makes one',
    (name) => {
      expect(decided(event(name), [])).toEqual({ create: true, takePane: true, ...none });
    },
  );

  const loads = { loadReason: 'session_start', sessionId: 'throwaway' };

  test('the throwaway id of the resume picker is noted at who was here before', () => {
    const recordOnly = expect.stringContaining('never used') as string;
    const known = ended('hook', PANE);
    expect(decided(event('InstructionsLoaded', { ...loads, ...PANE }), [known])).toEqual({
      id: 1,
      recordOnly,
      ...none,
    });
    expect(decided(event('InstructionsLoaded', loads), [ended('hook')])).toMatchObject({ id: 1 });
    expect(
      decided(event('InstructionsLoaded', { ...loads, ...from(7) }), [
        inPane({ processes: [process(7)] }),
      ]),
    ).toMatchObject({ id: 1, recordOnly });
  });

  test('where nobody was before, loading instructions is a start', () => {
    expect(decided(event('InstructionsLoaded', loads), [])).toMatchObject({ create: true });
    const elsewhere = ended('hook', { cwd: '/other' });
    expect(decided(event('InstructionsLoaded', loads), [elsewhere])).toMatchObject({
      create: true,
    });
    const longAgo = ended('hook', { endedAt: AT - 3_600_000 });
    expect(decided(event('InstructionsLoaded', loads), [longAgo])).toMatchObject({ create: true });
  });
});

describe('/clear', () => {
  const clear = (more: Partial<EventFacts>) => start('clear', { sessionId: 's2', ...more });

  test.each([
    ['the process', clear(from(7)), agent({ processes: [process(7)] })],
    ['the shared prompt_id', clear({ promptId: 'p' }), agent({ handoverPromptId: 'p' })],
    ['the pane', clear(PANE), inPane()],
  ])('goes on by %s', (_name, facts, known) => {
    const other = agent({ id: 2, sessionId: 's9', sessionIds: ['s9'] });
    expect(decided(facts, [other, known])).toEqual({
      id: 1,
      adoptSession: true,
      takePane: true,
      ...none,
    });
  });

  test('with nothing to link it is a new agent, not somebody else’s', () => {
    expect(decided(clear({}), [agent()])).toMatchObject({ create: true });
  });

  test('of two agents at once each keeps its own', () => {
    const a = agent({ id: 1, handoverPromptId: 'pa', processes: [process(7)] });
    const b = agent({ id: 2, handoverPromptId: 'pb', sessionIds: ['s9'], processes: [process(8)] });
    expect(decided(clear({ promptId: 'pb' }), [a, b])).toMatchObject({ id: 2 });
    expect(decided(clear({ ...from(7), promptId: 'pb' }), [a, b])).toMatchObject({ id: 1 });
  });

  test('what still comes under the old id is noted and changes nothing', () => {
    const known = agent({ sessionId: 's2', sessionIds: ['s1', 's2'] });
    expect(decided(event('Stop'), [known])).toMatchObject({
      id: 1,
      recordOnly: expect.stringContaining('earlier session') as string,
    });
  });
});

describe('resume', () => {
  test.each(['hook', 'inference', 'person'] as const)('revives what ended by %s', (by) => {
    expect(decided(start('resume', PANE), [ended(by, PANE)])).toMatchObject({
      id: 1,
      revive: true,
      takePane: true,
    });
  });

  test('of an earlier session of a chain goes back to it', () => {
    const known = ended('hook', { sessionId: 's2', sessionIds: ['s1', 's2'] });
    expect(decided(start('resume'), [known])).toMatchObject({
      id: 1,
      revive: true,
      adoptSession: true,
    });
  });

  test('from within another session ends that one', () => {
    const left = inPane({ id: 2, sessionId: 's2', sessionIds: ['s2'], processes: [process(7)] });
    expect(decided(start('resume', { ...PANE, ...from(7) }), [left, ended('hook')])).toMatchObject({
      id: 1,
      revive: true,
      losers: [{ id: 2, fate: { kind: 'ends' } }],
    });
    const byPrompt = agent({ id: 2, sessionId: 's2', sessionIds: ['s2'], handoverPromptId: 'p' });
    expect(decided(start('resume', { promptId: 'p' }), [byPrompt, ended('hook')])).toMatchObject({
      id: 1,
      losers: [{ id: 2, fate: { kind: 'ends' } }],
    });
  });

  test('of an unknown session in a known process goes on with its agent', () => {
    const known = inPane({ sessionId: 's0', sessionIds: ['s0'], processes: [process(7)] });
    expect(decided(start('resume', { ...PANE, ...from(7) }), [known])).toMatchObject({
      id: 1,
      adoptSession: true,
    });
  });
});

describe('fork', () => {
  const forked = inPane({ lastStart: 'resume', atRestSinceStart: true });

  test('the new id goes on in the pane where the old one was just resumed', () => {
    const prompt = event('UserPromptSubmit', { sessionId: 's2', ...PANE });
    expect(decided(prompt, [forked])).toMatchObject({ id: 1, adoptSession: true });
  });

  test('or in its process', () => {
    const known = agent({ processes: [process(7)] });
    const prompt = event('UserPromptSubmit', { sessionId: 's2', ...from(7) });
    expect(decided(prompt, [known])).toMatchObject({ id: 1, adoptSession: true });
  });

  test('a new id in a pane where work goes on is no fork', () => {
    const prompt = event('UserPromptSubmit', { sessionId: 's2', ...PANE });
    const atWork = inPane({ lastStart: 'resume', atRestSinceStart: false });
    expect(decided(prompt, [atWork])).toEqual({ create: true, ...none });
    expect(decided({ ...prompt, ...from(9) }, [forked])).toEqual({ create: true, ...none });
  });
});

describe('compaction', () => {
  test('keeps the agent, whatever links it', () => {
    expect(decided(start('compact'), [agent()])).toMatchObject({ id: 1 });
    const renamed = { sessionId: 's2', ...from(7) };
    expect(decided(start('compact', renamed), [agent({ processes: [process(7)] })])).toMatchObject({
      id: 1,
      adoptSession: true,
    });
  });
});

describe('hand-started sessions', () => {
  test('two in one directory are two agents', () => {
    const first = agent({ sessionId: 's0', sessionIds: ['s0'] });
    expect(decided(start('startup', from(8)), [first])).toMatchObject({ create: true });
  });

  test('a start without a pane takes none', () => {
    const decision = decided(start('startup'), [inPane({ sessionId: 's0', sessionIds: ['s0'] })]);
    expect(decision).toMatchObject({ create: true, losers: [] });
  });
});

describe('after SessionEnd', () => {
  const over = ended('hook');

  test('SessionStart and UserPromptSubmit revive', () => {
    expect(decided(start('startup'), [over])).toMatchObject({ id: 1, revive: true });
    expect(decided(event('UserPromptSubmit'), [over])).toMatchObject({ id: 1, revive: true });
  });

  test.each(['PreToolUse', 'PostToolUse', 'Stop', 'PermissionRequest', 'SubagentStart'])(
    '%s is recorded only',
    (name) => {
      expect(decided(event(name), [over])).toMatchObject({
        id: 1,
        recordOnly: `${name} came after the end of the agent`,
      });
    },
  );

  test.each(['PreToolUse', 'Stop', 'PermissionRequest'])(
    '%s revives where the session file shows it alive, or the end was a guess',
    (name) => {
      expect(decided(event(name, { sessionFileAlive: true }), [over])).toMatchObject({
        revive: true,
      });
      expect(decided(event(name), [ended('inference')])).toMatchObject({ revive: true });
    },
  );

  test('a person who ended the agent is not overruled by what comes late', () => {
    expect(decided(event('Stop'), [ended('person')])).toMatchObject({
      recordOnly: expect.any(String) as string,
    });
  });

  test.each(['Notification', 'SubagentStop', 'ConfigChange'])(
    '%s revives nothing in any case',
    (name) => {
      for (const known of [over, ended('inference')]) {
        expect(decided(event(name, { sessionFileAlive: true }), [known])).toMatchObject({
          recordOnly: expect.any(String) as string,
        });
      }
    },
  );

  test('a second SessionEnd is for the record, or replaces a guess', () => {
    expect(decided(event('SessionEnd'), [over])).toMatchObject({
      recordOnly: expect.any(String) as string,
    });
    expect(decided(event('SessionEnd'), [ended('inference')])).toEqual({ id: 1, ...none });
  });

  test('a live agent of the same session comes before one that ended', () => {
    const live = agent({ id: 2 });
    expect(decided(event('Stop'), [over, live])).toEqual({ id: 2, takePane: true, ...none });
  });
});

describe('the same session in two terminals', () => {
  const first = inPane({ processes: [process(7, { presence: 'alive' })] });

  test('is one agent with two processes', () => {
    expect(decided(start('resume', { ...OTHER_PANE, ...from(8) }), [first])).toEqual({
      id: 1,
      takePane: true,
      ...none,
    });
  });

  test('a process that is gone is replaced', () => {
    const dead = inPane({ processes: [process(7, { presence: 'absent' })] });
    expect(decided(start('resume', { ...OTHER_PANE, ...from(8) }), [dead])).toMatchObject({
      id: 1,
      replaced: [7],
    });
  });
});

describe('a pane', () => {
  const owner = (presence: KnownProcess['presence'], more: Partial<Candidate> = {}) =>
    inPane({
      id: 2,
      sessionId: 's0',
      sessionIds: ['s0'],
      processes: [process(7, { presence })],
      ...more,
    });
  const newcomer = start('startup', { ...PANE, ...from(8) });

  test('after kill -9 goes to the next start, and the old agent ends', () => {
    expect(decided(newcomer, [owner('absent')])).toEqual({
      create: true,
      takePane: true,
      losers: [
        {
          id: 2,
          fate: {
            kind: 'ends',
            reason: 'its process is gone and another session started in its pane',
          },
        },
      ],
    });
  });

  test('of a living process goes too, but its agent only loses the pane', () => {
    expect(decided(newcomer, [owner('alive')])).toMatchObject({
      create: true,
      losers: [{ id: 2, fate: { kind: 'loses_pane', doubt: null } }],
    });
  });

  test('of a process that nobody can look at leaves its agent in doubt', () => {
    for (const known of [owner('unknown'), owner('unknown', { processes: [] })]) {
      expect(decided(newcomer, [known])).toMatchObject({
        losers: [{ id: 2, fate: { kind: 'loses_pane', doubt: expect.any(String) as string } }],
      });
    }
  });

  test('of the same number on another tmux server is another pane', () => {
    const elsewhere = owner('alive', { tmuxSocket: '/tmp/other' });
    expect(decided(newcomer, [elsewhere])).toMatchObject({ create: true, losers: [] });
  });

  test('is not taken by anything less than a start', () => {
    const prompt = event('UserPromptSubmit', { ...PANE, ...from(8) });
    expect(decided(prompt, [owner('alive')])).toEqual({ create: true, ...none });
    expect(decided(prompt, [owner('alive'), agent()])).toEqual({ id: 1, ...none });
  });

  test('a reused pid with another start time is another process', () => {
    const reused = start('startup', { pid: 7, procStart: 'later' });
    expect(decided(reused, [owner('absent')])).toMatchObject({ create: true });
  });

  test('is never taken by claude -p that runs inside a session', () => {
    const parent = owner('alive');
    const print = start('startup', { ...PANE, ...from(8), print: true });
    expect(decided(print, [parent])).toEqual({ create: true, print: true, ...none });
    const later = event('UserPromptSubmit', { ...PANE, ...from(8), print: true });
    expect(decided(later, [parent, agent()])).toEqual({ id: 1, ...none });
  });
});

describe('hooks of user and project settings', () => {
  test('each event comes twice and belongs to the same agent both times', () => {
    const known = [inPane({ processes: [process(7)] })];
    for (const name of ['UserPromptSubmit', 'PreToolUse', 'Stop']) {
      const facts = event(name, { ...PANE, ...from(7) });
      expect(decided(facts, known)).toEqual(decided(facts, known));
      expect(decided(facts, known)).toMatchObject({ id: 1, losers: [] });
    }
  });
});

describe('subagents', () => {
  test('their events carry the session of the parent and are its own', () => {
    expect(decided(event('SubagentStart'), [agent()])).toMatchObject({ id: 1 });
    expect(decided(event('SubagentStop'), [agent()])).toMatchObject({ id: 1 });
  });
});
