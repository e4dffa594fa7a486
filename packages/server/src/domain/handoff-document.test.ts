import { describe, expect, test } from 'vitest';
import { missingSections, readDocument, SECTION_NAMES } from './handoff-document.ts';

const whole = SECTION_NAMES.map((name) => `## ${name}\n\ntext of ${name}\n`).join('\n');

describe('a handover document', () => {
  test('is complete with something under each heading', () => {
    expect(missingSections(readDocument(whole))).toEqual([]);
    expect(readDocument(whole)['Open questions']).toBe('text of Open questions');
  });

  test('may have a title, other headings, numbers, and headings of any case and depth', () => {
    const text = whole
      .replace('## Goal', '# Handover\r\n\r\n### 1. GOAL:')
      .replace('## Files', '## Something else\nmore\n\n# files #');
    expect(missingSections(readDocument(text))).toEqual([]);
  });

  test.each([
    ['an empty one', ''],
    ['a heading alone', whole.replace('text of State', '  \n---')],
    ['its heading in a code block only', whole.replace('## State', '```\n## State\n```')],
  ])('is not complete with %s', (_, text) => {
    expect(missingSections(readDocument(text))).toContain('State');
  });

  test('keeps code as it stands, with lines that look like headings', () => {
    const text = whole.replace('text of Next steps', '```sh\n# Goal\nnpm test\n```');
    expect(readDocument(text)['Next steps']).toBe('```sh\n# Goal\nnpm test\n```');
  });

  test('whose heading comes twice has both parts', () => {
    const { Goal } = readDocument(`## Goal\none\n## State\ntwo\n## Goal\nthree`);
    expect(Goal).toBe('one\nthree');
  });
});
