/** To which agent an event belongs: directories, ends, terminals, panes, nested runs; a table of cases. */
import { describe, expect, test } from 'vitest';
import type { Candidate, KnownProcess } from './correlation.ts';
import {
  agent,
  decided,
  ended,
  event,
  from,
  inPane,
  none,
  OTHER_PANE,
  PANE,
  process,
  start,
} from './testing/correlation.ts';

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

  test.each(['UserPromptSubmit', 'Stop'])(
    '%s from before an end that was a guess revives nothing, unless the session file does',
    (name) => {
      const known = ended('inference');
      const facts = { at: (known.endedAt ?? 0) - 1 };
      expect(decided(event(name, facts), [known])).toMatchObject({
        recordOnly: `${name} was sent before the end of the agent`,
      });
      const alive = { ...facts, sessionFileAlive: true };
      expect(decided(event(name, alive), [known])).toMatchObject({ id: 1, revive: true });
    },
  );

  test('a person who ended the agent is overruled by what it does later, not by what it did before', () => {
    const known = ended('person');
    const endedAt = known.endedAt ?? 0;
    expect(decided(event('Stop', { at: endedAt - 1 }), [known])).toMatchObject({
      recordOnly: 'Stop was sent before the end of the agent',
    });
    expect(decided(event('Stop', { at: endedAt + 1 }), [known])).toMatchObject({ revive: true });
    expect(decided(event('SessionEnd', { at: endedAt + 1 }), [known])).toMatchObject({
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
