import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordingsFolder } from '@headspace/testkit/recordings';
import { describe, expect, test } from 'vitest';
import { dialogChoices, readScreen, showsRequest, type ScreenDialog } from './index.ts';

function recorded(name: string): ScreenDialog {
  const text = readFileSync(join(recordingsFolder, 'screens', `${name}.txt`), 'utf8');
  return known(readScreen(text).dialog);
}

function drawn(...rows: string[]): ScreenDialog {
  const options = ['Do you want to proceed?', '❯ 1. Yes', '  2. No', 'Esc to cancel'];
  return known(readScreen(['─'.repeat(80), ...rows, ...options].join('\n')).dialog);
}

function known(dialog: ScreenDialog | null): ScreenDialog {
  if (dialog === null) throw new Error('no dialog on this screen');
  return dialog;
}

const bash = (command: string, description?: string) => ({
  tool: 'Bash',
  input: { command, ...(description === undefined ? {} : { description }) },
});
const REPO = '/home/dev/acme-shop';

describe('a dialog shows the request that it belongs to', () => {
  test.each([
    ['permission-bash', bash('node test/cart.test.js', 'Run unit tests')],
    ['permission-from-subagent', bash('./scripts/deploy.sh eu', 'Deploy EU')],
    ['permission-two-pending', bash('./scripts/deploy.sh eu', 'Deploy EU')],
    ['permission-deny-with-feedback', bash('git push origin main', 'Push the current branch')],
    [
      'permission-write',
      {
        tool: 'Write',
        input: {
          file_path: `${REPO}/CHANGELOG.md`,
          content: '# Changelog\n\n- Fixed the cart total.\n',
        },
      },
    ],
    [
      'permission-edit',
      {
        tool: 'Edit',
        input: {
          file_path: `${REPO}/src/cart.js`,
          old_string: 'return sum',
          new_string: 'return Math.round(sum)',
        },
      },
    ],
    ['permission-mcp-tool', { tool: 'mcp__deploy__request_deploy', input: { env: 'staging' } }],
    ['plan-approval', { tool: 'ExitPlanMode', input: { plan: '# Refactor' } }],
  ])('%s', (name, request) => {
    expect(showsRequest(recorded(name), request)).toBe(true);
  });

  test.each([
    ['permission-bash', bash('node test/cart.test.jsx', 'Run unit tests')],
    ['permission-bash', bash('node')],
    ['permission-bash', bash('node test/cart.test.js')],
    ['permission-two-pending', bash('./scripts/deploy.sh us', 'Deploy US')],
    ['permission-bash', { tool: 'ExitPlanMode', input: { plan: '# Refactor' } }],
    ['plan-approval', bash('Yes')],
    [
      'permission-write',
      { tool: 'Write', input: { file_path: `${REPO}/CHANGELOG.md`, content: '# Other\n' } },
    ],
    [
      'permission-write',
      { tool: 'Write', input: { file_path: `${REPO}/OLD-CHANGELOG.md`, content: '# Changelog' } },
    ],
    [
      'permission-edit',
      {
        tool: 'Edit',
        input: { file_path: `${REPO}/src/cart.js`, old_string: 'let sum', new_string: 'let total' },
      },
    ],
    ['permission-mcp-tool', { tool: 'mcp__deploy__request_deploy', input: { env: 'stag' } }],
    ['permission-mcp-tool', { tool: 'mcp__deploy__request', input: { env: 'staging' } }],
    ['permission-bash', { tool: 'Unheard', input: { of: 'node test/cart.test.js' } }],
  ])('and no other: %s', (name, request) => {
    expect(showsRequest(recorded(name), request)).toBe(false);
  });

  test('a command that the pane wraps is the same, one that goes on is not', () => {
    const dialog = drawn(
      ' Bash command',
      '   touch one two',
      '   three',
      '   rm x',
      '   Make them',
    );
    expect(showsRequest(dialog, bash('touch one two three\nrm x', 'Make them'))).toBe(true);
    expect(showsRequest(dialog, bash('touch one two three', 'Make them'))).toBe(false);
    expect(showsRequest(dialog, bash('touch one two three'))).toBe(false);
    expect(showsRequest(dialog, bash('three\nrm x', 'Make them'))).toBe(false);
  });

  test('a command that speaks as a dialog does is not taken for its own end', () => {
    const dialog = drawn(' Bash command', '   echo', ' Do you want to dance');
    expect(showsRequest(dialog, bash('echo'))).toBe(false);
  });

  test('an address that is the beginning of another one is another', () => {
    const rows = [' Fetch', '   url: "https://example.com/a/b", prompt: "what"'];
    const fetch = (url: string) => ({ tool: 'WebFetch', input: { url, prompt: 'what' } });
    expect(showsRequest(drawn(...rows), fetch('https://example.com/a/b'))).toBe(true);
    expect(showsRequest(drawn(...rows), fetch('https://example.com/a'))).toBe(false);
  });
});

describe('what the options of a dialog allow', () => {
  test.each([
    ['permission-bash', { once: '1', always: '2' }, '3', true],
    ['permission-edit', { once: '1', session: '2' }, '3', true],
    ['permission-mcp-tool', { once: '1', always: '2' }, '3', true],
    ['plan-approval', { once: '1' }, '2', false],
  ])('%s', (name, allow, deny, takesReason) => {
    expect(dialogChoices(recorded(name))).toEqual({ allow, deny, takesReason, typing: false });
  });

  test('words that are not known allow nothing', () => {
    const options = ['Yes, and sell the house', 'No'].map((label, at) => ({
      key: String(at + 1),
      label,
      selected: at === 0,
      checked: null,
    }));
    const dialog = { ...recorded('plan-approval'), options };
    expect(dialogChoices(dialog)).toMatchObject({ allow: {}, deny: '2' });
  });

  test('in a line that is open for a reason, a digit is text', () => {
    const { typing } = dialogChoices(recorded('permission-deny-with-feedback'));
    expect(typing).toBe(true);
  });
});
