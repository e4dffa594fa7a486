/** To which agent an event belongs: starts, /clear, resume, fork, compaction; a table of cases. */
import { describe, expect, test } from 'vitest';
import type { EventFacts } from './correlation.ts';
import {
  agent,
  AT,
  decided,
  ended,
  event,
  from,
  inPane,
  none,
  PANE,
  process,
  start,
} from './testing/correlation.ts';

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
