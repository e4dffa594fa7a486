/** The field in which a person writes to an agent. Enter sends, Shift+Enter makes a line. */
import type { PromptView } from '@headspace/contract';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { api, composerWanted } from '../live/app-state.ts';
import { useStore } from '../live/use-store.ts';
import { newKey } from '../model/new-key.ts';
import { ApiError, noAnswer } from '../net/api.ts';
import { type Draft, keepDraft, loadDraft, NO_DRAFT, withCommand, withText } from './drafts.ts';
import { looksLikeCommand } from './prompt-words.ts';
import { Refusal } from './refusal.tsx';

interface Props {
  agentId: number;
  onSent: () => void;
}

export function Composer({ agentId, onSent }: Props) {
  const id = useId();
  const { draft, change, sending, error, send } = useDraft(agentId, onSent);
  const field = useWantedFocus(agentId);
  const hint = looksLikeCommand(draft.text) && !draft.command;
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // While a word is being composed (Chinese, Japanese …) Enter ends the word.
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault();
      void send();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      event.currentTarget.closest<HTMLElement>('[data-panel]')?.focus({ preventScroll: true });
    }
  };
  return (
    <form
      data-testid="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <label htmlFor={id} className="eyebrow">
        Message
      </label>
      <textarea
        ref={field}
        id={id}
        rows={2}
        value={draft.text}
        readOnly={sending}
        aria-describedby={`${id}-hint`}
        placeholder="Write to this agent…"
        onChange={(event) => change(withText(draft, event.target.value))}
        onKeyDown={onKeyDown}
        className={`field mt-1 block field-sizing-content h-auto max-h-72 min-h-16 w-full resize-y py-2 text-[0.93rem] ${draft.command ? 'font-mono' : ''}`}
      />
      <div className="mt-1.5 flex flex-wrap items-center gap-2">
        <button
          type="button"
          className="button aria-pressed:border-ink aria-pressed:text-ink"
          aria-pressed={draft.command}
          title="A command of Claude Code, such as /compact, and no message"
          onClick={() => change(withCommand(draft, !draft.command))}
        >
          <span aria-hidden="true" className="font-mono">
            {draft.command ? '☑' : '☐'} /
          </span>
          Command
        </button>
        <span id={`${id}-hint`} className="min-w-0 flex-1 basis-32 text-[0.83rem] text-faint">
          {hint ? (
            'Goes as a message, with a space before it.'
          ) : (
            <span className="pointer-coarse:hidden">Shift+Enter makes a new line.</span>
          )}
        </span>
        <button className="button-primary h-8 px-4" disabled={sending || draft.text.trim() === ''}>
          {sending ? 'Sending…' : 'Send'}
        </button>
      </div>
      <Refusal error={error} />
    </form>
  );
}

function useDraft(agentId: number, onSent: () => void) {
  const [draft, setDraft] = useState<Draft>(() => loadDraft(sessionStorage, agentId));
  const [sending, setSending] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const change = (next: Draft) => {
    keepDraft(sessionStorage, agentId, next);
    setDraft(next);
  };
  const send = async () => {
    if (sending || draft.text.trim() === '') return;
    // The same key until the message is another one: a try whose answer was lost is not repeated.
    const key = draft.triedKey ?? newKey();
    change({ ...draft, triedKey: key });
    setSending(true);
    setError(null);
    try {
      const { text, command } = draft;
      await api.send<PromptView>('POST', `/api/agents/${agentId}/prompts`, { text, command, key });
      change(NO_DRAFT);
      onSent();
    } catch (thrown) {
      setError(thrown instanceof ApiError ? thrown : noAnswer(thrown));
    } finally {
      setSending(false);
    }
  };
  return { draft, change, sending, error, send };
}

/** Takes the focus when the key for it was pressed, on the board or in the panel. */
function useWantedFocus(agentId: number) {
  const field = useRef<HTMLTextAreaElement>(null);
  const wanted = useStore(composerWanted, (id) => id === agentId);
  useEffect(() => {
    if (!wanted) return;
    composerWanted.set(null);
    field.current?.focus();
  }, [wanted]);
  return field;
}
