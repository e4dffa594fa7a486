/** What a terminal shows, for people: bounded and redacted. */
import type { TerminalDialog, TerminalView } from '@headspace/contract';
import { redactText } from '../../domain/redact.ts';
import type { ScreenDialog } from '../../domain/screen/index.ts';
import type { TerminalSight } from './terminal.ts';

const MAX_TYPED = 2_000;

export function terminalView(sight: TerminalSight): TerminalView {
  if (sight.kind !== 'shown') {
    const { why } = sight;
    return {
      surface: 'unavailable',
      why,
      working: false,
      dialog: null,
      typed: null,
      lines: [],
    };
  }
  const { surface, box, dialog, working, retry, limit, shell } = sight.reading;
  const proof = [working, retry, limit, shell].flatMap((sighting) => sighting?.lines ?? []);
  return {
    surface,
    why: null,
    working: working !== null,
    dialog: dialog === null ? null : dialogView(dialog),
    typed: box === null ? null : redactText(box.text.slice(0, MAX_TYPED)),
    lines: [...new Set(proof)].map(redactText),
  };
}

function dialogView({ kind, title, options, fingerprint, lines }: ScreenDialog): TerminalDialog {
  return {
    kind,
    title: redactText(title),
    options: options.map((option) => ({ ...option, label: redactText(option.label) })),
    fingerprint,
    lines: lines.map(redactText),
  };
}
