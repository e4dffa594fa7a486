import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordingsFolder } from '@headspace/testkit/recordings';
import { describe, expect, test } from 'vitest';
import { type Activity, type Dialog, freshActivity } from './activity.ts';
import { deriveAttention } from './attention.ts';
import { readScreen } from './screen/index.ts';
import { changesScreen, freshScreen, screenFact, type ScreenLook } from './screen-fact.ts';

const TIMES = { stalledAfterMs: 180_000, unsentAfterMs: 20_000 };
const T0 = 1_000_000;

const recorded = (name: string) =>
  readFileSync(join(recordingsFolder, 'screens', `${name}.txt`), 'utf8');

function lookAt(screen: string, more: Partial<ScreenLook> = {}): ScreenLook {
  return {
    at: T0,
    reading: readScreen(screen),
    foreground: 'claude',
    tail: ['the last line'],
    changedAt: T0,
    changes: 1,
    surfaceSince: T0,
    ...more,
  };
}

function activity(more: Partial<Activity> = {}): Activity {
  return { ...freshActivity(T0 - 600_000), ...more };
}

const running = { turn: 'running' } as const;
const dialog: Dialog = {
  kind: 'permission',
  toolUseId: 't1',
  inputKey: 'k',
  subagent: null,
  subagentType: null,
  summary: 'Bash: ls',
  since: T0 - 100,
};

/** What a person sees once the fact is stored. */
function shown(known: Activity, look: ScreenLook): [string, string, string] {
  const screen = screenFact(look, known, TIMES);
  const { attention, rule, reason } = deriveAttention({
    activity: { ...known, screen },
    command: null,
    ending: null,
  });
  return [attention, rule, reason];
}

describe('what the recorded screens prove', () => {
  const seconds = (n: number) => ({ surfaceSince: T0 - n * 1_000, changedAt: T0 - n * 1_000 });
  const inShell = (n: number) => ({ ...seconds(n), foreground: 'bash' });
  test.each<[string, string, Partial<Activity>, Partial<ScreenLook>, string, string]>([
    ['trust, at once', 'trust-dialog', { doubt: 'no hook' }, {}, 'needs_you', 'screen-dialog'],
    ['API key, at once', 'api-key-dialog', {}, {}, 'needs_you', 'screen-dialog'],
    ['model, at once', 'model-switch-dialog', {}, {}, 'needs_you', 'screen-dialog'],
    ['a permission just opened', 'permission-bash', running, seconds(1), 'working', 'turn-running'],
    ['a permission for long', 'permission-bash', running, seconds(3), 'needs_you', 'screen-dialog'],
    [
      'one that a hook told of',
      'permission-bash',
      { ...running, dialogs: [dialog] },
      seconds(9),
      'needs_you',
      'open-dialog',
    ],
    ['API retry', 'working-api-retry', running, {}, 'working', 'api-retry'],
    ['at work', 'working-spinner', running, {}, 'working', 'turn-running'],
    ['at work, still for long', 'working-spinner', running, seconds(180), 'stalled', 'stalled'],
    [
      'a prompt box, still for long',
      'idle-after-turn',
      running,
      seconds(180),
      'stalled',
      'stalled',
    ],
    [
      'a dialog does not stall',
      'permission-bash',
      { ...running, dialogs: [dialog] },
      seconds(999),
      'needs_you',
      'open-dialog',
    ],
    [
      'words just typed',
      'idle-draft-restored-after-stash',
      { turn: 'finished' },
      seconds(19),
      'your_turn',
      'turn-over',
    ],
    [
      'words not sent',
      'idle-draft-restored-after-stash',
      { turn: 'finished' },
      seconds(20),
      'your_turn',
      'unsent-prompt',
    ],
    [
      'words not sent, nothing asked',
      'idle-draft-restored-after-stash',
      {},
      seconds(20),
      'idle',
      'unsent-prompt',
    ],
    [
      'typed ahead while it works',
      'idle-draft-restored-after-stash',
      running,
      seconds(20),
      'working',
      'turn-running',
    ],
    [
      'a suggestion',
      'idle-prompt-suggestion-ghost-text.ansi',
      { turn: 'finished' },
      seconds(90),
      'your_turn',
      'turn-over',
    ],
    [
      'a shell, just now',
      'exited-to-shell',
      { turn: 'finished' },
      inShell(1),
      'your_turn',
      'turn-over',
    ],
    ['a shell', 'exited-to-shell', { turn: 'finished' }, inShell(3), 'unknown', 'screen-shell'],
    [
      'what looks like a shell in Claude Code',
      'exited-to-shell',
      { turn: 'finished' },
      seconds(9),
      'your_turn',
      'turn-over',
    ],
    ['idle', 'idle', {}, seconds(900), 'idle', 'nothing-asked'],
  ])('%s', (_name, file, known, look, attention, rule) => {
    const [seenAttention, seenRule] = shown(activity(known), lookAt(recorded(file), look));
    expect([seenAttention, seenRule]).toEqual([attention, rule]);
  });

  test('a usage limit is a limit, with its line; unless it works again', () => {
    const rule = '─'.repeat(60);
    const said = ['❯ go on', "  ⎿  You've hit your session limit · resets 3pm (UTC)"];
    const screen = [...said, rule, '❯\u00a0', rule, '  ? for shortcuts'].join('\n');
    expect(shown(activity({ turn: 'finished' }), lookAt(screen))).toEqual([
      'limit',
      'screen-limit',
      "its screen says: You've hit your session limit · resets 3pm (UTC)",
    ]);
  });

  test('what the reader does not know proves nothing, however long it stands at rest', () => {
    const look = lookAt('some editor\n~\n~\n', { surfaceSince: 0, changedAt: 0 });
    expect(look.reading.surface).toBe('unknown');
    expect(screenFact(look, activity({ turn: 'finished' }), TIMES)).toBeNull();
  });
});

describe('the screen ranks last', () => {
  const look = lookAt(recorded('trust-dialog'));
  const screen = screenFact(look, activity(), TIMES);
  const file = (status: 'busy' | 'idle', at: number) => ({ pid: 1, status, waitingFor: null, at });

  test.each<[string, Partial<Activity>]>([
    ['a hook', { edgeAt: T0 + 1 }],
    ['the session file', { sessionFile: file('busy', T0 + 1) }],
  ])('%s that is newer takes its word away until the next look', (_name, newer) => {
    const known = activity({ ...running, ...newer, screen });
    expect(freshScreen(known)).toBeNull();
    expect(deriveAttention({ activity: known, command: null, ending: null }).attention).toBe(
      'working',
    );
    const again = screenFact({ ...look, at: T0 + 5_000 }, known, TIMES);
    expect(changesScreen(known, again)).toBe(true);
    expect(freshScreen({ ...known, screen: again })).not.toBeNull();
  });

  test('a word of hook or file within the time is no stall', () => {
    const still = lookAt(recorded('working-spinner'), { changedAt: T0 - 500_000 });
    expect(screenFact(still, activity({ ...running, edgeAt: T0 - 100_000 }), TIMES)).toBeNull();
    const heard = { ...running, sessionFile: file('busy', T0 - 179_999) };
    expect(screenFact(still, activity(heard), TIMES)).toBeNull();
  });
});

describe('a stall', () => {
  const still = lookAt(recorded('working-spinner'), { changedAt: T0 - 180_000, changes: 0 });
  const stalled = activity({ ...running, screen: screenFact(still, activity(running), TIMES) });
  const later = { at: T0 + 60_000, changedAt: T0 + 50_000 };

  test('has the lines that claim work', () => {
    expect(stalled.screen).toMatchObject({
      kind: 'stalled',
      summary: 'its screen has not changed for 3 min',
      since: T0 - 180_000,
    });
    expect(stalled.screen?.lines.join()).toContain('esc to interrupt');
  });

  test('goes on in the same words, and is no news', () => {
    const next = screenFact({ ...still, at: T0 + 240_000 }, stalled, TIMES);
    expect(changesScreen(stalled, next)).toBe(false);
  });

  test('outlives one redraw, and ends with work that goes on', () => {
    const once = screenFact({ ...still, ...later, changes: 1 }, stalled, TIMES);
    expect(changesScreen(stalled, once)).toBe(false);
    expect(screenFact({ ...still, ...later, changes: 2 }, stalled, TIMES)).toBeNull();
  });

  test('ends with the turn', () => {
    expect(screenFact(still, { ...stalled, turn: 'finished' }, TIMES)).toBeNull();
  });
});

test('lines are bounded and their secrets masked', () => {
  const rule = '─'.repeat(60);
  const typed = Array.from({ length: 60 }, (_, n) => `  line ${n} ${'x'.repeat(400)}`);
  const box = ['❯\u00a0export API_KEY=sk-ant-0123456789abcdef0123', ...typed];
  const screen = ['● hi', rule, ...box, rule, '  ? for shortcuts'].join('\n');
  const look = lookAt(screen, { surfaceSince: 0 });
  const fact = screenFact(look, activity({ turn: 'finished' }), TIMES);
  expect(fact).toMatchObject({ kind: 'unsent' });
  expect(fact?.lines).toHaveLength(16);
  expect(JSON.stringify(fact)).not.toContain('0123456789abcdef');
  expect(Math.max(...(fact?.lines.map((line) => line.length) ?? []))).toBeLessThanOrEqual(200);
});
