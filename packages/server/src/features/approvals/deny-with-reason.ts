/**
 * Denies and says why, in the line that Tab opens on the option `No` (2.1.197): Claude Code hands the
 * text to the model as the answer to its call, and the turn goes on.
 */
import { normalForm } from '../../domain/prompt-text.ts';
import { readScreen, type ScreenDialog } from '../../domain/screen/index.ts';
import { rowPattern, type TmuxDone, type TmuxKey } from '../../platform/tmux/index.ts';
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

/** `refused` only where nothing was typed; after that a fault is `unknown`. */
export async function denyWithReason(
  context: BridgeContext,
  sight: ShownTerminal,
  { dialog, key, reason, signal }: Denial,
): Promise<TmuxDone> {
  const keys: TmuxKey[] = [...stepsTo(dialog, key), 'Tab'];
  const opened = await pressOn(context, sight, { keys, rows: dialogRows(dialog), signal });
  if (opened.kind !== 'done') return opened;
  const isOpen = (now: ScreenDialog): boolean =>
    now.options.some((one) => one.key === key && one.selected && EMPTY_LINE.test(one.label));
  if ((await untilDialog(context, sight, isOpen, signal)) === null) {
    return { kind: 'unknown', why: 'the dialog did not open a line for the reason' };
  }
  // On one row: a text of many is folded, and then cannot be seen to be the right one.
  const text = normalForm(reason, { command: true }).replaceAll(/\s*\n\s*/g, ' ');
  const { target, pane } = sight;
  const pasted = await context.tmux.paste(target, text, { panePid: pane.pid, signal });
  if (pasted.kind !== 'done') return { kind: 'unknown', why: 'the reason could not be typed' };
  const written = squeeze(text);
  const typed = await untilDialog(
    context,
    sight,
    ({ rows }) => squeeze(rows.join('')).includes(written),
    signal,
  );
  const row = typed?.rows.find((one) => one.trimStart().startsWith(`❯ ${key}. No, `));
  if (row === undefined)
    return { kind: 'unknown', why: 'the reason is not to be seen in its line' };
  const sent = await pressOn(context, sight, { keys: ['Enter'], rows: [rowPattern(row)], signal });
  return sent.kind === 'done' ? sent : { kind: 'unknown', why: sent.why };
}

const squeeze = (text: string): string => text.replaceAll(/\s+/g, '');

function stepsTo({ options }: ScreenDialog, key: string): TmuxKey[] {
  const from = options.findIndex(({ selected }) => selected);
  const to = options.findIndex((option) => option.key === key);
  const step: TmuxKey = to > from ? 'Down' : 'Up';
  return Array.from({ length: Math.abs(to - from) }, () => step);
}

async function untilDialog(
  { tmux, clock }: BridgeContext,
  { target }: ShownTerminal,
  fits: (dialog: ScreenDialog) => boolean,
  signal: AbortSignal,
): Promise<ScreenDialog | null> {
  const end = clock.now() + SHOWN_WITHIN_MS;
  while (clock.now() < end && !signal.aborted) {
    const captured = await tmux.capture(target, { escapes: true, signal });
    if (captured.kind !== 'screen') return null;
    const { dialog } = readScreen(captured.text);
    if (dialog !== null && fits(dialog)) return dialog;
    await clock.sleep(POLL_MS, signal);
  }
  return null;
}
