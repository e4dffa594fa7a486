/** What the options of a permission or plan dialog mean, by their words (2.1.197). */
import type { ApprovalScope } from '@headspace/contract';
import type { ScreenDialog } from './screen-reading.ts';

export interface DialogChoices {
  /** The digit that allows, by how far that reaches. */
  readonly allow: Readonly<Partial<Record<ApprovalScope, string>>>;
  /** The digit that denies; null where only Escape does. */
  readonly deny: string | null;
  /** Tab on the option that denies opens a line for a reason. */
  readonly takesReason: boolean;
  /** Somebody types a reason into that line: it would take a digit as text. */
  readonly typing: boolean;
}

/** An option whose words are not known is not offered: what it would allow is not known either. */
const ALLOW: readonly (readonly [ApprovalScope, RegExp])[] = [
  ['session', /^Yes\b.*(?:during this session|this session only|auto-accept edits)/],
  ['always', /^Yes\b.*(?:don['’]t ask again|always allow)/],
  ['once', /^Yes(?:$|,? (?:proceed|and manually approve edits|manually approve edits)\b| \()/],
];
const DENY = /^No\b/;
/** The option that denies, with its line open. `(esc)`: an option of older dialogs, which has none. */
const OPEN_LINE = /^No, (?!.*\(esc\)$)/;
const AMEND = /\bTab to amend\b/;

export function dialogChoices({ options, rows }: ScreenDialog): DialogChoices {
  const allow: Partial<Record<ApprovalScope, string>> = {};
  for (const { key, label } of options) {
    const scope = ALLOW.find(([, words]) => words.test(label))?.[0];
    if (scope !== undefined) allow[scope] ??= key;
  }
  const deny = options.find(({ label }) => DENY.test(label))?.key ?? null;
  const typing = options.some(({ label, selected }) => selected && OPEN_LINE.test(label));
  const takesReason = deny !== null && rows.some((row) => AMEND.test(row));
  return { allow, deny, takesReason, typing };
}
