import { describe, expect, test } from 'vitest';
import { beginning, dialogSummary, oneLine, storable, toolSummary } from './display.ts';

const grin = '\u{1F600}';

describe('storable', () => {
  test('replaces what PostgreSQL text cannot hold', () => {
    expect(storable('a\u0000b')).toBe('a\uFFFDb');
    expect(storable('a\uD83D')).toBe('a\uFFFD');
    expect(storable('\uDE00b')).toBe('\uFFFDb');
  });

  test('leaves whole pairs and everything else', () => {
    expect(storable(`${grin}\u0001\u001b[0m`)).toBe(`${grin}\u0001\u001b[0m`);
  });
});

describe('beginning', () => {
  test('tells whether something is missing', () => {
    expect(beginning('abc', 3)).toEqual({ text: 'abc', truncated: false });
    expect(beginning('abcd', 3)).toEqual({ text: 'abc', truncated: true });
  });

  test('never cuts a pair in two', () => {
    expect(beginning(`ab${grin}c`, 3)).toEqual({ text: 'ab', truncated: true });
    expect(beginning(`ab${grin}c`, 4)).toEqual({ text: `ab${grin}`, truncated: true });
  });
});

describe('oneLine', () => {
  test('is one line, whatever the blanks', () => {
    expect(oneLine('  a\n\tb \r\n c ')).toBe('a b c');
  });

  test('has at most the limit, and says that it was cut', () => {
    const line = oneLine('x'.repeat(500), 20);
    expect(line).toHaveLength(20);
    expect(line.endsWith('…')).toBe(true);
    expect(oneLine('x'.repeat(19), 20)).toBe('x'.repeat(19));
  });

  test('shows no secret, also none that the cut would have made unknown', () => {
    expect(oneLine('PASSWORD=hunter2')).not.toContain('hunter');
    const text = `${'a '.repeat(70)}DB_PASSWORD=hunter2hunter2`;
    expect(oneLine(text)).not.toContain('hunter');
  });

  test('takes a moment for 5 MB', () => {
    const start = performance.now();
    oneLine('password '.repeat(600_000));
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe('toolSummary', () => {
  test.each([
    ['Bash', { command: 'git push', description: 'Push' }, 'Bash: git push'],
    ['Edit', { file_path: '/a/b.ts', old_string: 'x' }, 'Edit: /a/b.ts'],
    ['WebFetch', { url: 'https://example.com', prompt: 'sum up' }, 'WebFetch: https://example.com'],
    ['Grep', { pattern: 'a.*b' }, 'Grep: a.*b'],
    ['Agent', { description: 'Look around', prompt: 'long' }, 'Agent: Look around'],
    ['AskUserQuestion', { questions: [{ question: 'Which?' }] }, 'AskUserQuestion: Which?'],
    [
      'AskUserQuestion',
      { questions: [{ question: 'Which?' }, { question: 'Why?' }] },
      'AskUserQuestion: Which? (and 1 more)',
    ],
    ['ExitPlanMode', {}, 'ExitPlanMode'],
    ['Odd', null, 'Odd'],
    ['Odd', 'text', 'Odd'],
    ['Odd', { command: 7 }, 'Odd'],
    ['Odd', { questions: [] }, 'Odd'],
    ['Odd', { questions: ['x'] }, 'Odd'],
    ['Bash', { command: 'export API_KEY=hunter2' }, 'Bash: export API_KEY=[redacted]'],
  ])('%s %o', (tool, input, summary) => {
    expect(toolSummary(tool, input)).toBe(summary);
  });
});

describe('dialogSummary', () => {
  test.each([
    ['question', { questions: [{ question: 'Which?' }] }, 'Which?'],
    ['question', { questions: [{ question: 'Which?' }, {}] }, 'Which? (and 1 more)'],
    ['question', { questions: [] }, 'Tool'],
    ['plan', { plan: '\n# Refactor\n\n1. Split' }, 'Refactor'],
    ['plan', { plan: ' \n\n' }, 'Tool'],
    ['plan', 'text', 'Tool'],
    ['permission', { command: 'git push' }, 'Tool: git push'],
    ['permission', null, 'Tool'],
  ] as const)('%s %o', (kind, input, summary) => {
    expect(dialogSummary(kind, 'Tool', input)).toBe(summary);
  });
});
