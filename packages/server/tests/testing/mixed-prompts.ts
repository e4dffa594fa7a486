/** Prompts of all kinds that a person could give, each with a mark by which it is found again. */
import { normalForm } from '../../src/domain/prompt-text.ts';

export interface MixedPrompt {
  readonly mark: string;
  readonly text: string;
  /** What the client must have got: the documented normal form, composed, blanks at the ends aside. */
  readonly expected: string;
  /** `busy` keeps the agent at work, `dialog` makes it ask for permission. */
  readonly effect: 'none' | 'busy' | 'dialog';
  /** Too long to be pasted: only a reference arrives. */
  readonly inFile: boolean;
}

const KINDS: readonly ((mark: string) => string)[] = [
  (mark) => `${mark} run the tests`,
  (mark) => `${mark} first line\nsecond line\n\nfourth line`,
  (mark) => `${mark}\n${Array.from({ length: 40 }, (_, i) => `  ${i}: some code {`).join('\n')}`,
  (mark) => `${mark} it's "quoted" \`ticks\` $HOME $(id) \\n %1 #{pane_id} ; & | <b> 'x`,
  (mark) => `${mark} 👨‍👩‍👧 é e\u0301 你好 🇩🇪 ﷽ ❯ ─── ✻`,
  (mark) => `!${mark} no shell command`,
  (mark) => `/${mark} no slash command`,
  (mark) => `${mark}\tone\ttwo\n\tthree`,
  (mark) => `${mark} a\u001b[201~b\u0007c\u0000d\u001b[31me\u009b1mf`,
  (mark) => `${mark} ${'word '.repeat(130)}end`,
  (mark) => `${mark} ${'long '.repeat(3_000)}end`,
  (mark) => `${mark} ends in a backslash \\`,
  (mark) => `#${mark} @README.md ? & what`,
  (mark) => `${mark} one\r\ntwo\rthree`,
  (mark) => `   ${mark} indented\n     more`,
  (mark) => `${mark} [Pasted text #1 +2 lines] is no paste`,
];

/** `count` prompts; every 8th keeps the agent busy, every 12th opens a dialog, the 50th is huge. */
export function mixedPrompts(count: number): MixedPrompt[] {
  return Array.from({ length: count }, (_, index) => {
    const mark = `m${String(index).padStart(3, '0')}`;
    const effect = index % 12 === 5 ? 'dialog' : index % 8 === 3 ? 'busy' : 'none';
    const inFile = index % 50 === 49;
    const kind = KINDS[index % KINDS.length] ?? String;
    const text = inFile
      ? `${mark} ${'huge '.repeat(25_000)}end`
      : effect === 'none'
        ? kind(mark)
        : `${effect === 'dialog' ? 'push' : 'work'} ${mark}`;
    const expected = normalForm(text, { command: false }).normalize('NFC').trim();
    return { mark, text, expected, effect, inFile };
  });
}
