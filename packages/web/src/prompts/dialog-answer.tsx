/**
 * The dialog that is open in the agent's terminal, to be answered from here. What is shown is what
 * stood on the screen when it was read; the answer names it, so another dialog is never answered.
 */
import type { KeyResult, TerminalDialog, TerminalView } from '@headspace/contract';
import { useState } from 'react';
import { useResource } from '../live/use-resource.ts';
import { Refusal } from './refusal.tsx';
import { useAction } from './use-action.ts';

interface Props {
  agentId: number;
  /** The screen is read again when this changes. */
  version: unknown;
}

export function DialogAnswer({ agentId, version }: Props) {
  const terminal = useResource<TerminalView>(`/api/agents/${agentId}/terminal`, version);
  const { run, busy, error } = useAction(terminal.retry);
  const [unseen, setUnseen] = useState(false);
  const dialog = terminal.data?.dialog ?? null;
  const answer = async (option: number | 'escape') => {
    setUnseen(false);
    const result = await run<KeyResult>('POST', `/api/agents/${agentId}/answer`, {
      option,
      expect: dialog?.fingerprint,
    });
    setUnseen(result?.done === false);
  };
  return (
    <div data-testid="dialog-answer">
      {dialog ? <Dialog dialog={dialog} busy={busy} answer={answer} /> : null}
      {terminal.data && !dialog ? (
        <NoDialog terminal={terminal.data} again={terminal.retry} />
      ) : null}
      {unseen ? (
        <p role="status" className="mt-1.5 text-[0.87rem] text-soft">
          The key was pressed; the dialog is still open.
        </p>
      ) : null}
      <Refusal error={error ?? terminal.error} />
    </div>
  );
}

interface DialogProps {
  dialog: TerminalDialog;
  busy: boolean;
  answer: (option: number | 'escape') => Promise<void>;
}

function Dialog({ dialog, busy, answer }: DialogProps) {
  return (
    <fieldset
      className="mt-2 min-w-0 rounded-md border border-line bg-surface px-3 py-2"
      disabled={busy}
    >
      <legend className="sr-only">Answer: {dialog.title}</legend>
      <p className="text-[0.9rem] font-semibold break-words">{dialog.title}</p>
      <details className="mt-1">
        <summary className="text-[0.83rem] text-soft">As it stands in the terminal</summary>
        {/* Focusable, since it scrolls. */}
        <pre
          tabIndex={0}
          aria-label="The dialog in the terminal"
          className="mt-1 max-h-60 overflow-auto font-mono text-[0.75rem] leading-snug"
        >
          {dialog.lines.join('\n')}
        </pre>
      </details>
      <div className="mt-2 flex flex-col items-stretch gap-1.5">
        {dialog.options.map((option) => (
          <button
            key={option.key}
            type="button"
            className="button h-auto min-h-8 justify-start py-1.5 text-left whitespace-normal"
            onClick={() => void answer(Number(option.key))}
          >
            <kbd className="kbd" aria-hidden="true">
              {option.key}
            </kbd>
            <span className="min-w-0 break-words">
              {option.checked === null ? '' : option.checked ? '☑ ' : '☐ '}
              {option.label}
            </span>
          </button>
        ))}
        <button
          type="button"
          className="button h-auto min-h-8 justify-start py-1.5"
          onClick={() => void answer('escape')}
        >
          <kbd className="kbd" aria-hidden="true">
            Esc
          </kbd>
          Leave the dialog without an answer
        </button>
      </div>
    </fieldset>
  );
}

function NoDialog({ terminal, again }: { terminal: TerminalView; again: () => void }) {
  const why = terminal.why === null ? 'no dialog is seen in its terminal' : terminal.why;
  return (
    <p className="mt-1.5 flex flex-wrap items-center gap-2 text-[0.87rem] text-soft">
      <span>Cannot be answered from here at present: {why}.</span>
      <button type="button" className="button h-7 px-2" onClick={again}>
        Look again
      </button>
    </p>
  );
}
