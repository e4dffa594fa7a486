/**
 * Denies and says why, in the line that Tab opens on the option `No` (2.1.197): Claude Code hands the
 * text to the model as the answer to its call, and the turn goes on.
 */
import { normalForm } from '../../domain/prompt-text.ts';
import { readScreen, type ScreenDialog } from '../../domain/screen/index.ts';
import {
  rowPattern,
  type RowPattern,
  type TmuxDone,
  type TmuxKey,
} from '../../platform/tmux/index.ts';
import {
  type BridgeContext,
  dialogRows,
  pressOn,
  type ShownTerminal,
} from '../tmux-bridge/index.ts';

export interface Denial {
  readonly dialog: ScreenDialog;
  /** The digit of the option that denies. */
  readonly key: string;
  readonly reason: string;
  readonly signal: AbortSignal;
}

/** 2.1.197 draws within 100 ms; a busy machine takes longer. */
const SHOWN_WITHIN_MS = 1_200;
const POLL_MS = 20;

/** As the option reads once its line is open and empty. */
const EMPTY_LINE = /^No, and tell Claude what to do differently/;

/** `refused` only where no key was pressed; after that a fault is `unknown`. */
export async function denyWithReason(
  context: BridgeContext,
  sight: ShownTerminal,
  { dialog, key, reason, signal }: Denial,
): Promise<TmuxDone> {
  const line = new ReasonLine(context, sight, { key, signal });
  const opened = await line.open(dialog);
  if (opened.kind !== 'done') return opened;
  // On one row: a text of many is folded, and then cannot be seen to be the right one.
  const text = normalForm(reason, { command: true }).replaceAll(/\s*\n\s*/g, ' ');
  return line.send(text);
}

const unknown = (why: string): TmuxDone => ({ kind: 'unknown', why });

const squeeze = (text: string): string => text.replaceAll(/\s+/g, '');

/** The line of the option that denies. Each key waits for what the one before has done. */
class ReasonLine {
  private readonly context: BridgeContext;
  private readonly sight: ShownTerminal;
  private readonly key: string;
  private readonly signal: AbortSignal;

  constructor(
    context: BridgeContext,
    sight: ShownTerminal,
    { key, signal }: Pick<Denial, 'key' | 'signal'>,
  ) {
    this.context = context;
    this.sight = sight;
    this.key = key;
    this.signal = signal;
  }

  /** To the option, and Tab there. Several keys in one go would be taken for those of one option. */
  async open(dialog: ScreenDialog): Promise<TmuxDone> {
    let now = dialog;
    let moved = false;
    for (;;) {
      const step = this.stepFrom(now);
      if (step === null) break;
      const done = await this.press(step.key, dialogRows(now));
      if (done.kind !== 'done') return moved ? unknown(done.why) : done;
      moved = true;
      const next = await this.until(({ options }) => options[step.to]?.selected === true);
      if (next === null) return unknown('the dialog did not move to the option');
      now = next;
    }
    const done = await this.press('Tab', dialogRows(now));
    if (done.kind !== 'done') return moved ? unknown(done.why) : done;
    const isOpen = ({ options }: ScreenDialog): boolean =>
      options.some((one) => one.key === this.key && one.selected && EMPTY_LINE.test(one.label));
    return (await this.until(isOpen)) === null
      ? unknown('the dialog did not open a line for the reason')
      : done;
  }

  /** Types it, and presses Enter once it stands there. */
  async send(text: string): Promise<TmuxDone> {
    const { target, pane } = this.sight;
    const { tmux } = this.context;
    const pasted = await tmux.paste(target, text, { panePid: pane.pid, signal: this.signal });
    if (pasted.kind !== 'done') return unknown('the reason could not be typed');
    const written = squeeze(text);
    const typed = await this.until(({ rows }) => squeeze(rows.join('')).includes(written));
    const row = typed?.rows.find((one) => one.trimStart().startsWith(`❯ ${this.key}. No, `));
    if (row === undefined) return unknown('the reason is not to be seen in its line');
    const sent = await this.press('Enter', [rowPattern(row)]);
    return sent.kind === 'done' ? sent : unknown(sent.why);
  }

  private stepFrom({ options }: ScreenDialog): { key: TmuxKey; to: number } | null {
    const from = options.findIndex(({ selected }) => selected);
    const goal = options.findIndex(({ key }) => key === this.key);
    if (from === goal) return null;
    return goal > from ? { key: 'Down', to: from + 1 } : { key: 'Up', to: from - 1 };
  }

  private async press(key: TmuxKey, rows: RowPattern[]): Promise<TmuxDone> {
    return pressOn(this.context, this.sight, { keys: [key], rows, signal: this.signal });
  }

  /** The dialog once it is as it should be; null where that takes too long. */
  private async until(fits: (dialog: ScreenDialog) => boolean): Promise<ScreenDialog | null> {
    const { tmux, clock } = this.context;
    const { signal } = this;
    const end = clock.now() + SHOWN_WITHIN_MS;
    while (clock.now() < end && !signal.aborted) {
      const captured = await tmux.capture(this.sight.target, { escapes: true, signal });
      if (captured.kind !== 'screen') return null;
      const { dialog } = readScreen(captured.text);
      if (dialog !== null && fits(dialog)) return dialog;
      await clock.sleep(POLL_MS, signal);
    }
    return null;
  }
}
