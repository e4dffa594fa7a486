import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { deliveryMatch } from './delivery.ts';
import { normalForm, pasteForm, promptProblem } from './prompt-text.ts';

const text = { command: false };
const command = { command: true };
const LIMIT = 1_000;

/** Any text, rich in what the normal form treats. */
const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '\t',
        '\r\n',
        '\r',
        '\n',
        '\u0000',
        '\u001b[201~',
        '\u007f',
        '\u0085',
        '!',
        '/',
      ),
      fc.constantFrom(' ', '\\', '#', '@', '&', '\ud83d', '👩‍👩‍👧', 'e\u0301', '"', "'", '`', '$HOME'),
      fc.string({ unit: 'binary', maxLength: 8 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

describe('the normal form', () => {
  test.each([
    ['line ends', 'a\r\nb\rc\nd', 'a\nb\nc\nd'],
    ['tabs', '\ta\tb', '    a    b'],
    ['control characters', 'a\u0000b\u0007c\u007fd\u0085e\u001b[201~f', 'abcde[201~f'],
    ['half a pair', 'a\ud83d', 'a\ufffd'],
    ['space at the end', 'a \n\n', 'a'],
    ['what combines', 'e\u0301', '\u00e9'],
    ['a bang', '!ls', ' !ls'],
    ['a slash', '/compact', ' /compact'],
    ['a slash behind control characters', '\u001b/compact', ' /compact'],
    [
      'what stays',
      '  "q" \'s\' `b` $H # @f & ?\n\n  👩‍👩‍👧 x\u0301',
      '  "q" \'s\' `b` $H # @f & ?\n\n  👩‍👩‍👧 x\u0301',
    ],
    ['a backslash at the end', 'a \\', 'a \\'],
  ])('of %s', (_name, given, expected) => {
    expect(normalForm(given, text)).toBe(expected);
  });

  test('of a command begins with its sign', () => {
    expect(normalForm('  /compact keep\tit ', command)).toBe('/compact keep    it');
    expect(normalForm('!ls', command)).toBe('!ls');
  });

  test('is its own normal form', () => {
    fc.assert(
      fc.property(anyText, fc.boolean(), (given, isCommand) => {
        const once = normalForm(given, { command: isCommand });
        expect(normalForm(once, { command: isCommand })).toBe(once);
      }),
    );
  });

  test('of a text holds nothing that a terminal or the client would act on', () => {
    fc.assert(
      fc.property(anyText, (given) => {
        const normal = normalForm(given, text);
        // oxlint-disable-next-line no-control-regex -- control characters are what may not be left
        expect(normal).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
        expect(normal).not.toMatch(/^[!/]/);
        expect(normal.isWellFormed()).toBe(true);
        expect(normal).toBe(normal.trimEnd());
      }),
    );
  });

  test('of a text without any of that is the text', () => {
    const plain = fc
      .string({ unit: 'grapheme' })
      .map((given) => `x${given.replaceAll(/\s/gu, ' ')}x`.normalize('NFC'));
    fc.assert(
      fc.property(plain, (given) => {
        expect(normalForm(given, text)).toBe(given);
      }),
    );
  });
});

test('what is pasted never ends in a backslash, and is expected back as the text', () => {
  expect(pasteForm('a \\')).toBe('a \\ ');
  fc.assert(
    fc.property(anyText, (given) => {
      const normal = normalForm(given, text);
      const pasted = pasteForm(normal);
      expect(pasted.endsWith('\\')).toBe(false);
      expect(pasted.trimEnd()).toBe(normal);
      expect(deliveryMatch(pasted)).toBe(deliveryMatch(normal));
    }),
  );
});

describe('what cannot be sent', () => {
  test.each([
    ['nothing', '', 'text'],
    ['white space', ' \u00a0\n', 'text'],
    ['too much', 'x'.repeat(LIMIT + 1), 'text'],
    ['a word that ends the session', ' exit', 'text'],
    ['another one', ':wq!', 'text'],
    ['a command without a sign', 'compact', 'command'],
    ['a sign alone', '/', 'command'],
  ] as const)('%s', (_name, normal, kind) => {
    expect(promptProblem(normal, kind, LIMIT)).toMatch(/^(is|has|would) /);
  });

  test.each([
    ['words', 'exit now', 'text'],
    ['a word of other letters', 'Exit', 'text'],
    ['just enough', 'x'.repeat(LIMIT), 'text'],
    ['a command', '/compact', 'command'],
    ['a shell command', '! ls', 'command'],
  ] as const)('and what can: %s', (_name, normal, kind) => {
    expect(promptProblem(normal, kind, LIMIT)).toBeNull();
  });
});
