/**
 * What is remembered of each pane between looks, so that a screen is captured only when something
 * was written to it and read only when it differs. It can be lost: the times then start anew.
 */
import { hashText } from '../../domain/hash-text.ts';
import { readScreen, type ScreenReading } from '../../domain/screen/index.ts';
import { screenLines } from '../../domain/screen/screen-lines.ts';
import type { ScreenLook } from '../../domain/screen-fact.ts';
import type { PaneInfo } from '../../platform/tmux/index.ts';

const TAIL_LINES = 6;

interface Remembered {
  /** tmux's time of the last output, as of the last capture. */
  activityAt: number;
  /** Something can have been written within the same second after the capture. */
  unsure: boolean;
  capturedAt: number;
  foreground: string;
  hash: string;
  reading: ScreenReading;
  tail: readonly string[];
  changedAt: number;
  changes: number;
  surface: string;
  surfaceSince: number;
}

export interface CaptureWish {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** At work, where the screen changes all the time: no oftener than this. */
  readonly pauseMs: number;
}

export class ScreenMemory {
  private readonly panes = new Map<string, Remembered>();

  /** Whether a capture of the pane could show anything that is not known. */
  wantsCapture(key: string, pane: PaneInfo, { at, pauseMs }: CaptureWish): boolean {
    const known = this.panes.get(key);
    if (known === undefined) return true;
    if (at - known.capturedAt < pauseMs) return false;
    const isSame = known.activityAt === pane.activityAt && known.foreground === pane.command;
    return known.unsure || !isSame;
  }

  /** Takes in a capture that was begun at `at`. */
  captured(key: string, pane: PaneInfo, text: string, at: number): void {
    const known = this.panes.get(key);
    const hash = hashText(text);
    const seen = {
      activityAt: pane.activityAt,
      unsure: known?.activityAt !== pane.activityAt,
      foreground: pane.command,
      capturedAt: at,
    };
    if (known !== undefined && known.hash === hash) {
      this.panes.set(key, { ...known, ...seen, changes: 0 });
      return;
    }
    const reading = readScreen(text, pane.title);
    const surface = surfaceOf(reading);
    this.panes.set(key, {
      ...seen,
      hash,
      reading,
      tail: tailOf(text),
      changedAt: at,
      changes: known === undefined ? 0 : known.changes + 1,
      surface,
      surfaceSince: known?.surface === surface ? known.surfaceSince : at,
    });
  }

  /** When the pane was last captured, milliseconds since 1970; 0 for never. */
  capturedAt(key: string): number {
    return this.panes.get(key)?.capturedAt ?? 0;
  }

  /** What is on the pane's screen at `at`: as captured, for nothing was written since. */
  look(key: string, at: number): ScreenLook | null {
    const known = this.panes.get(key);
    if (known === undefined) return null;
    const { reading, foreground, tail, changedAt, changes, surfaceSince } = known;
    return { at, reading, foreground, tail, changedAt, changes, surfaceSince };
  }

  /** Forgets all panes but these. */
  keepOnly(keys: ReadonlySet<string>): void {
    for (const key of this.panes.keys()) if (!keys.has(key)) this.panes.delete(key);
  }
}

export const paneKey = (socket: string, pane: string): string => `${socket} ${pane}`;

/** Equal while the same thing waits for the same keys. */
function surfaceOf({ surface, dialog, box, limit }: ScreenReading): string {
  return [surface, dialog?.fingerprint, box?.text, limit?.lines.join()].join('\n');
}

function tailOf(text: string): string[] {
  return screenLines(text)
    .map((line) => line.text)
    .filter((line) => line !== '' && !/^─+$/.test(line))
    .slice(-TAIL_LINES);
}
