import { describe, expect, test } from 'vitest';
import { keepDraft, loadDraft, NO_DRAFT, withCommand, withText } from './drafts.ts';

function memory() {
  const items = new Map<string, string>();
  return {
    getItem: (name: string) => items.get(name) ?? null,
    setItem: (name: string, value: string) => void items.set(name, value),
    removeItem: (name: string) => void items.delete(name),
  };
}

describe('a draft', () => {
  test('is kept for its agent until it is empty', () => {
    const storage = memory();
    const draft = { text: 'hello', command: true, triedKey: 'k' };
    keepDraft(storage, 1, draft);
    expect(loadDraft(storage, 1)).toEqual(draft);
    expect(loadDraft(storage, 2)).toEqual(NO_DRAFT);
    keepDraft(storage, 1, { ...draft, text: '' });
    expect(loadDraft(storage, 1)).toEqual(NO_DRAFT);
  });

  test.each(['{', 'null', '1', '{"text":1}', '{"text":"a","command":true,"triedKey":5}'])(
    'that cannot be read is none: %s',
    (kept) => {
      expect(loadDraft({ ...memory(), getItem: () => kept }, 1)).toEqual(NO_DRAFT);
    },
  );

  test('does without a storage', () => {
    const closed = () => {
      throw new Error('closed');
    };
    const storage = { getItem: closed, setItem: closed, removeItem: closed };
    keepDraft(storage, 1, { ...NO_DRAFT, text: 'a' });
    expect(loadDraft(storage, 1)).toEqual(NO_DRAFT);
  });

  test('keeps the key of a try only as long as it is the same message', () => {
    const tried = { text: 'a', command: false, triedKey: 'k' };
    expect(withText(tried, 'a')).toBe(tried);
    expect(withText(tried, 'b').triedKey).toBeNull();
    expect(withCommand(tried, false)).toBe(tried);
    expect(withCommand(tried, true).triedKey).toBeNull();
  });
});
