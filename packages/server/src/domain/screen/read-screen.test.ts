import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordingsFolder } from '@headspace/testkit/recordings';
import { describe, expect, it } from 'vitest';
import { boxHolds, readScreen } from './index.ts';

const folder = join(recordingsFolder, 'screens');
const recorded = (name: string) => readScreen(readFileSync(join(folder, `${name}.txt`), 'utf8'));
const names = readdirSync(folder).map((name) => name.replace(/\.txt$/, ''));

/** The recorded screens with a dialog; all others have a box or a shell. */
const DIALOGS: Record<string, { kind: string; selected?: string; options: number }> = {
  'api-key-dialog': { kind: 'api-key', selected: '2', options: 2 },
  'bypass-permissions-dialog': { kind: 'other', selected: '1', options: 2 },
  'elicitation-expanded': { kind: 'elicitation', options: 0 },
  'elicitation-form': { kind: 'elicitation', options: 0 },
  'model-switch-dialog': { kind: 'model', selected: '1', options: 2 },
  'narrow-80x24-permission': { kind: 'permission', selected: '1', options: 3 },
  'narrow-80x24-question': { kind: 'question', selected: '1', options: 4 },
  'permission-bash': { kind: 'permission', selected: '1', options: 3 },
  'permission-bash.ansi': { kind: 'permission', selected: '1', options: 3 },
  'permission-deny-with-feedback': { kind: 'permission', selected: '3', options: 3 },
  'permission-edit': { kind: 'permission', selected: '1', options: 3 },
  'permission-from-background-subagent': { kind: 'permission', selected: '1', options: 3 },
  'permission-from-subagent': { kind: 'permission', selected: '1', options: 3 },
  'permission-mcp-tool': { kind: 'permission', selected: '1', options: 3 },
  'permission-two-pending': { kind: 'permission', selected: '1', options: 3 },
  'permission-write': { kind: 'permission', selected: '1', options: 3 },
  'plan-approval': { kind: 'plan', selected: '1', options: 2 },
  'question-multi-select': { kind: 'question', selected: '2', options: 5 },
  'question-review-submit': { kind: 'question', selected: '1', options: 2 },
  'question-single': { kind: 'question', selected: '1', options: 4 },
  'question-tabs': { kind: 'question', selected: '1', options: 4 },
  'resume-picker': { kind: 'other', options: 0 },
  'trust-dialog': { kind: 'trust', selected: '1', options: 2 },
};
const SHELLS = [
  'exited-ctrl-c-twice',
  'exited-sigterm',
  'exited-to-shell',
  'killed-9',
  'onboarding-no-network',
];
/** What stands in the box, where anything does. */
const TYPED: Record<string, string> = {
  'idle-draft-restored-after-stash': 'my half typed draft',
  'interrupted-before-answer-prompt-restored': 'Think for a while',
  // Without escapes a suggestion cannot be known from typed text.
  'idle-prompt-suggestion-ghost-text': 'run the tests again',
  'working-queued-message': 'Press up to edit queued messages',
  'working-queued-while-streaming': 'Press up to edit queued messages',
};
/** Every other recorded screen says nothing of the context. */
const FULL = [
  'auto-compacting',
  'context-low',
  'context-low-with-statusline',
  'context-slash-command',
];
const WORKING = /^(?:working-|compacting|auto-compacting|narrow-80x24-working)/;

describe('recorded screens', () => {
  it.each(names)('%s', (name) => {
    const screen = recorded(name);
    const dialog = DIALOGS[name];
    const shell = SHELLS.includes(name);
    expect(screen.surface).toBe(shell ? 'shell' : dialog === undefined ? 'prompt-box' : 'dialog');
    expect(screen.working !== null).toBe(WORKING.test(name));
    expect(screen.limit).toBeNull();
    expect(screen.retry !== null).toBe(name === 'working-api-retry');
    expect(screen.context).toEqual(
      FULL.includes(name) ? { usedPercent: 100, lines: ['100% context used'] } : null,
    );
    if (dialog !== undefined) {
      expect(screen.dialog?.kind).toBe(dialog.kind);
      expect(screen.dialog?.options).toHaveLength(dialog.options);
      expect(screen.dialog?.options.find(({ selected }) => selected)?.key).toBe(dialog.selected);
      expect(screen.dialog?.lines.length).toBeGreaterThan(1);
    } else if (!shell) {
      expect(screen.box?.text).toBe(TYPED[name] ?? '');
    }
  });

  it('tells a suggestion from typed text by its dimness', () => {
    const screen = recorded('idle-prompt-suggestion-ghost-text.ansi');
    expect(screen.box).toMatchObject({ text: '', ghost: 'run the tests again' });
    expect(recorded('idle.ansi').box).toMatchObject({ text: '', ghost: null });
  });

  it('reads options with their keys, also below the rule inside a question', () => {
    expect(recorded('question-multi-select').dialog?.options).toEqual([
      { key: '1', label: 'Cart', selected: false, checked: true },
      { key: '2', label: 'Search', selected: true, checked: true },
      { key: '3', label: 'Docs', selected: false, checked: false },
      { key: '4', label: 'Type something', selected: false, checked: false },
      { key: '5', label: 'Chat about this', selected: false, checked: null },
    ]);
  });

  it('shows what proves it', () => {
    expect(recorded('working-api-retry').retry).toEqual({
      attempt: 1,
      of: 2,
      lines: ['✻ API error · Retrying in 1s · attempt 1/2'],
    });
    expect(recorded('working-spinner').working?.lines).toEqual([
      '✢ Osmosing… (2s · ↓ 55 tokens)',
      'esc to interrupt · ← for agents',
    ]);
    expect(recorded('working-queued-message').queued).toEqual(['INJ-second queued message']);
    expect(recorded('killed-9').shell?.lines).toEqual(['dev@acme:~/acme-shop$']);
  });
});

const rule = '─'.repeat(60);
const withBox = (rows: string[], above: string[] = [], footer = '  ? for shortcuts') =>
  [...above, rule, ...rows, rule, footer, ''].join('\n');

describe('prompt box', () => {
  it('reads several rows and the marks of folded pastes', () => {
    const { box } = readScreen(withBox(['❯\u00a0first', '  second', '', '    third']));
    expect(box).toMatchObject({ text: 'first\nsecond\n\n  third', multiLine: true, pastes: [] });
    const folded = readScreen(withBox(['❯\u00a0[Pasted text #2 +59 lines]'])).box;
    expect(folded?.pastes).toEqual(['[Pasted text #2 +59 lines]']);
  });

  it('holds a text if nothing but blanks differs, or if the mark of a paste stands for it', () => {
    const box = (...rows: string[]) => {
      const found = readScreen(withBox(rows)).box;
      if (found === null) throw new Error('no box');
      return found;
    };
    expect(boxHolds(box('❯\u00a0Fix the', '  cart'), 'Fix the cart')).toEqual({
      holds: true,
      exact: true,
    });
    expect(boxHolds(box('❯\u00a0Fix the cartx'), 'Fix the cart').holds).toBe(false);
    const mark = box('❯\u00a0[Pasted text #1 +2 lines]');
    expect(boxHolds(mark, 'a\nb\nc')).toEqual({ holds: true, exact: false });
    expect(boxHolds(mark, 'a\nb').holds).toBe(false);
    expect(boxHolds(box('❯\u00a0draft [Pasted text #1 +2 lines]'), 'a\nb\nc').holds).toBe(false);
  });

  it('is not whole where something was written over it', () => {
    expect(readScreen([rule, '❯\u00a0', 'bash: job ended', rule].join('\n')).box).toBeNull();
    expect(readScreen([rule, '❯\u00a0'].join('\n')).surface).toBe('unknown');
    expect(readScreen('').surface).toBe('unknown');
  });

  it('knows a session with a name in its rule, and the shell mode', () => {
    const named = `${rule} Cart work ──`;
    expect(readScreen([rule, '❯\u00a0x', named].join('\n')).box?.text).toBe('x');
    expect(readScreen(withBox(['!\u00a0ls'])).box).toMatchObject({ mode: 'shell', text: 'ls' });
  });
});

describe('words of the conversation are not the client’s', () => {
  it('takes no quoted dialog, limit or spinner for the real one', () => {
    const talk = [
      '❯ what does the dialog look like?',
      '● Like this:',
      '  Do you want to proceed?',
      '  ❯ 1. Yes',
      '    2. No',
      '  * Osmosing… (2s)',
      '  You’ve hit your session limit',
    ];
    const screen = readScreen(withBox(['❯\u00a0'], talk));
    expect(screen).toMatchObject({
      surface: 'prompt-box',
      dialog: null,
      working: null,
      limit: null,
    });
    expect(readScreen([...talk, '● Done.'].join('\n')).surface).toBe('unknown');
  });

  it('knows an exhausted account of the last turn, not of an earlier one', () => {
    const limit = ['❯ go on', "  ⎿  You've hit your session limit · resets 3pm (UTC)"];
    expect(readScreen(withBox(['❯\u00a0'], limit)).limit?.lines).toEqual([
      "⎿  You've hit your session limit · resets 3pm (UTC)",
    ]);
    const later = [...limit, '', '❯ and now?', '● Fine.'];
    expect(readScreen(withBox(['❯\u00a0'], later)).limit).toBeNull();
  });

  it('keeps the fingerprint of a dialog when the selection moves or the pane gets narrow', () => {
    const dialog = (first: string, second: string) =>
      [rule, ' Bash command', '   git push', '', ' Do you want to', ...[first, second], ''].join(
        '\n',
      );
    const one = readScreen(dialog(' ❯ 1. Yes', '   2. No')).dialog;
    const two = readScreen(dialog('   1. Yes', ' ❯ 2. No')).dialog;
    expect(one?.fingerprint).toBe(two?.fingerprint);
    expect(recorded('narrow-80x24-permission').dialog?.fingerprint).toBe(
      recorded('permission-bash.ansi').dialog?.fingerprint,
    );
    expect(recorded('permission-write').dialog?.fingerprint).not.toBe(
      recorded('permission-edit').dialog?.fingerprint,
    );
  });
});

describe('how full the context is', () => {
  /** A hint at the right edge, behind what stands at the left. */
  const hinted = (hint: string, left = '  ? for shortcuts', padding = 2) =>
    readScreen(withBox(['❯\u00a0'], [], left + hint.padStart(60 - left.length - padding))).context;

  it.each([
    ['96% context used', 96],
    ['96% context used · /model opus[1m]', 96],
    ['0% context used', 0],
    ['Context low (4% remaining) · Run', 96],
    ['Context low (0% remaining)', 100],
  ])('%s', (hint, usedPercent) => {
    expect(hinted(hint)).toEqual({ usedPercent, lines: [hint] });
  });

  it('of a point of compaction, of a status line, or in an answer: not told', () => {
    expect(hinted('12% until auto-compact')).toBeNull();
    expect(hinted('140% context used')).toBeNull();
    const statusLine = '  45% context used';
    expect(readScreen(withBox(['❯\u00a0'], [], statusLine)).context).toBeNull();
    expect(hinted('ctrl+t to hide tasks', statusLine)).toBeNull();
    const said = '96% context used'.padStart(58);
    expect(readScreen(withBox(['❯\u00a0'], [said])).context).toBeNull();
    expect(readScreen(said).context).toBeNull();
  });

  it('beside a status line with characters that are two columns wide', () => {
    expect(hinted('96% context used', '  ⚡⚡ 進捗', 6)).toMatchObject({ usedPercent: 96 });
  });
});
