import { describe, expect, test } from 'vitest';
import { freshActivity, type Activity, type Dialog } from './activity.ts';
import type { AgentState } from './agent-state.ts';
import {
  agentBar,
  ENTER_AGAIN_MS,
  flightStep,
  type Flying,
  needsRest,
  queuedStep,
  type TerminalShows,
  type Waiting,
} from './prompt-flight.ts';
import { readScreen } from './screen/index.ts';

const T0 = Date.UTC(2026, 10, 1);
const GRACE = 10_000;
const rule = '─'.repeat(60);
const footer = '  ? for shortcuts';

/** A terminal with this in its prompt box. */
const shows = (typed = '', above: string[] = ['● Ready.'], foot = footer): TerminalShows => {
  const rows = typed.split('\n').map((row, at) => (at === 0 ? `❯\u00a0${row}` : `  ${row}`));
  return { kind: 'shown', reading: readScreen([...above, rule, ...rows, rule, foot].join('\n')) };
};
const dialogShown: TerminalShows = {
  kind: 'shown',
  reading: readScreen(
    [rule, ' Bash command', ' Do you want to proceed?', ' ❯ 1. Yes', '   2. No'].join('\n'),
  ),
};
const shellShown: TerminalShows = { kind: 'shown', reading: readScreen('dev@acme:~$') };
const blank: TerminalShows = { kind: 'shown', reading: readScreen('') };
const gone: TerminalShows = { kind: 'gone', why: 'its pane is gone' };
const unknown: TerminalShows = { kind: 'unknown', why: 'tmux did not answer' };

const stateOf = (activity: Partial<Activity> = {}, ended = false): AgentState => ({
  activity: { ...freshActivity(T0), ...activity },
  command: null,
  ending: ended ? { at: T0, reason: 'exit', by: 'hook' } : null,
});
const dialog: Dialog = {
  kind: 'permission',
  toolUseId: null,
  inputKey: '',
  subagent: null,
  subagentType: null,
  summary: '',
  since: T0,
};
const waits = (waitingFor: string | null) =>
  stateOf({ sessionFile: { pid: 1, status: 'waiting', waitingFor, at: T0 } });

describe('what keeps prompts from an agent', () => {
  test('its end, a dialog of its hooks, a dialog of its session file', () => {
    expect(agentBar(stateOf())).toBeNull();
    expect(agentBar(stateOf({}, true))).toBe('the agent has ended');
    expect(agentBar(stateOf({ dialogs: [dialog] }))).toBe('a dialog is open: permission');
    expect(agentBar(waits('dialog open'))).toBe('Claude Code waits for dialog open');
    expect(agentBar(waits(null))).toBe('Claude Code waits for an answer');
  });
});

describe('a prompt that is queued', () => {
  const waiting = (more: Partial<Waiting> = {}): Waiting => ({
    id: 1,
    kind: 'text',
    text: 'go on',
    attempt: 0,
    before: null,
    now: T0,
    ...more,
  });
  const next = (terminal: TerminalShows, more?: Partial<Waiting>, state = stateOf()) =>
    queuedStep(state, terminal, waiting(more));

  test('is sent into an empty box, idle or busy', () => {
    const send = { do: 'send', present: false, clear: false };
    expect(next(shows())).toEqual(send);
    expect(next(shows('', ['✢ Osmosing… (2s)'], '  esc to interrupt'))).toEqual(send);
  });

  test.each([
    ['a dialog of the agent', shows(), stateOf({ dialogs: [dialog] }), /a dialog is open/],
    ['a dialog on the screen only', dialogShown, stateOf(), /Bash command/],
    ['a shell', shellShown, stateOf(), /shell/],
    ['nothing known', blank, stateOf(), /no prompt box/],
    ['a draft', shows('mine'), stateOf(), /typed/],
    ['a terminal that is gone', gone, stateOf(), /pane is gone/],
    ['a terminal that does not answer', unknown, stateOf(), /did not answer/],
  ] as const)('waits for %s', (_, terminal, state, why) => {
    expect(next(terminal, {}, state)).toMatchObject({
      do: 'wait',
      why: expect.stringMatching(why),
    });
  });

  test('waits for somebody who types a shell command', () => {
    const text = [rule, '!\u00a0', rule, footer].join('\n');
    expect(next({ kind: 'shown', reading: readScreen(text) }).do).toBe('wait');
  });

  test('that an earlier attempt has left in the box is not pasted again', () => {
    expect(next(shows('go on'), { attempt: 1 })).toMatchObject({ do: 'send', present: true });
    expect(next(shows('go on'), { attempt: 0 }).do).toBe('wait');
  });

  test('has the one before cleared away, where the client has left that in the box', () => {
    const clear = { do: 'send', present: false, clear: true };
    expect(next(shows('one\ntwo'), { before: 'one\ntwo' })).toEqual(clear);
    expect(next(shows('[Pasted text #3 +4 lines]'), { before: 'a\nb\nc\nd\ne' })).toEqual(clear);
    // A part of it may be somebody's words.
    expect(next(shows('one'), { before: 'one\ntwo' }).do).toBe('wait');
    expect(next(shows('two'), { before: 'one\ntwo' }).do).toBe('wait');
  });

  test('with a slash waits for rest: nothing runs, nothing is queued in the client', () => {
    expect(needsRest({ kind: 'command', text: '!ls' })).toBe(true);
    expect(needsRest({ kind: 'text', text: ' /tmp is full' })).toBe(true);
    expect(needsRest({ kind: 'text', text: ' !ls' })).toBe(false);
    const text = { text: ' /tmp is full' };
    expect(next(shows(), text).do).toBe('send');
    expect(next(shows('', ['✢ Osmosing… (2s)']), text).do).toBe('wait');
    expect(next(shows('', ['● Ready.', '  ❯ queued']), text).do).toBe('wait');
    expect(next(shows(), text, stateOf({ turn: 'running' })).do).toBe('wait');
    const busy = { pid: 1, status: 'busy' as const, waitingFor: null, at: T0 };
    expect(next(shows(), text, stateOf({ sessionFile: busy })).do).toBe('wait');
    const clientQueue = [{ match: 'x', at: T0, taken: null }];
    expect(next(shows(), text, stateOf({ clientQueue })).do).toBe('wait');
    const later = { ...text, now: T0 + 61_000 };
    expect(next(shows(), later, stateOf({ clientQueue })).do).toBe('send');
  });
});

describe('a prompt on its way', () => {
  const flying = (more: Partial<Flying> = {}): Flying => ({
    text: 'go on',
    attempt: 1,
    enters: 1,
    above: null,
    ...more,
  });
  const next = (
    terminal: TerminalShows,
    more: Partial<Flying> = {},
    { settledMs = 0, restarted = false, state = stateOf() } = {},
  ) => flightStep(state, terminal, flying(more), { settledMs, graceMs: GRACE, restarted });
  const aboveOf = (terminal: TerminalShows) =>
    terminal.kind === 'shown' ? terminal.reading.above : null;

  test('that stands in the box is entered, once no dialog keeps it', () => {
    expect(next(shows('go on'), { enters: 0 })).toEqual({ do: 'enter' });
    const state = stateOf({ dialogs: [dialog] });
    expect(next(shows('go on'), { enters: 0 }, { state }).do).toBe('wait');
    expect(next(dialogShown, { enters: 0 }).do).toBe('wait');
    expect(next(unknown, { enters: 0 }, { settledMs: GRACE }).do).toBe('wait');
  });

  test('is entered again only where Enter has had no effect at all', () => {
    const terminal = shows('go on');
    const above = aboveOf(terminal);
    const settledMs = ENTER_AGAIN_MS;
    expect(next(terminal, { above }).do).toBe('wait');
    expect(next(terminal, { above }, { settledMs })).toEqual({ do: 'enter' });
    expect(next(terminal, { above, enters: 2 }, { settledMs })).toMatchObject({ do: 'fail' });
    // The client can leave in the box what it has taken.
    const moved = shows('go on', ['❯ go on', '● Done.']);
    expect(next(moved, { above }, { settledMs }).do).toBe('wait');
    expect(next(moved, { above }, { settledMs: GRACE })).toMatchObject({
      do: 'fail',
      uncertain: true,
    });
  });

  test('of which nothing is seen is sent again only where Enter was never pressed', () => {
    const settledMs = 2_000;
    expect(next(shows(), { enters: 0 }).do).toBe('wait');
    expect(next(shows(), { enters: 0 }, { settledMs })).toMatchObject({ do: 'release' });
    // After a start of the server the spool may hold the proof.
    expect(next(shows(), { enters: 0 }, { settledMs, restarted: true }).do).toBe('wait');
    expect(next(shows(), { enters: 0 }, { settledMs: GRACE, restarted: true }).do).toBe('release');
    expect(next(shows(), {}, { settledMs }).do).toBe('wait');
    expect(next(shows(), {}, { settledMs: GRACE })).toMatchObject({ do: 'fail', uncertain: true });
  });

  test('whose agent or terminal has gone waits for late proof first', () => {
    const ended = { state: stateOf({}, true) };
    for (const [terminal, more] of [
      [shows(), ended],
      [gone, {}],
    ] as const) {
      expect(next(terminal, {}, more).do).toBe('wait');
      const settledMs = GRACE;
      expect(next(terminal, {}, { ...more, settledMs })).toMatchObject({
        do: 'fail',
        why: expect.stringMatching(/^uncertain: /),
        uncertain: true,
      });
      expect(next(terminal, { enters: 0 }, { ...more, settledMs }).do).toBe('release');
    }
  });

  test('is given up after five attempts that came to nothing', () => {
    const settledMs = GRACE;
    expect(next(shows(), { enters: 0, attempt: 5 }, { settledMs })).toEqual({
      do: 'fail',
      why: 'it is not in the prompt box, 5 times',
      uncertain: false,
    });
  });

  test('that somebody has typed into is not entered', () => {
    const mixed = [shows('go on and mine'), shows('[Pasted text #1 +3 lines] mine')];
    for (const terminal of mixed) {
      const text = terminal === mixed[0] ? 'go on' : 'a\nb\nc\nd';
      expect(next(terminal, { text, enters: 0 }).do).toBe('wait');
      expect(next(terminal, { text, enters: 0 }, { settledMs: ENTER_AGAIN_MS })).toMatchObject({
        do: 'fail',
        uncertain: false,
      });
    }
  });
});
