/** Asks an agent to hand its work over, with a note for both agents. */
import type { HandoffView } from '@headspace/contract';
import { useState } from 'react';
import { newKey } from '../model/new-key.ts';
import { Refusal } from '../prompts/refusal.tsx';
import { useAction } from '../prompts/use-action.ts';

/** A person has just asked for this field. Stable, so that a later drawing does not call it again. */
const focusOnce = (field: HTMLTextAreaElement | null): void => field?.focus();

export function HandoffRequest({ agentId, onAsked }: { agentId: number; onAsked: () => void }) {
  const [open, setOpen] = useState(false);
  const [note, setNote] = useState('');
  // The same request again, after a lost answer, is the same handoff.
  const [key, setKey] = useState(newKey);
  const { run, busy, error } = useAction(onAsked);
  const ask = async () => {
    const body = { key, ...(note.trim() === '' ? {} : { note }) };
    const handoff = await run<HandoffView>('POST', `/api/agents/${agentId}/handoffs`, body);
    if (handoff === null) return;
    setOpen(false);
    setNote('');
    setKey(newKey());
  };
  const change = (text: string) => {
    setNote(text);
    setKey(newKey());
  };
  if (!open) {
    return (
      <button
        type="button"
        className="button mt-1"
        title="The agent writes down what it knows, and a new one goes on from there"
        onClick={() => setOpen(true)}
      >
        Hand over…
      </button>
    );
  }
  return (
    <form
      className="mt-1 flex flex-col gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        void ask();
      }}
    >
      <label className="text-[0.87rem] text-soft">
        Note for both agents (optional)
        <textarea
          className="field mt-1 block field-sizing-content h-auto max-h-72 min-h-16 w-full resize-y py-2 text-[0.93rem]"
          rows={2}
          maxLength={4000}
          value={note}

          ref={focusOnce}
          onChange={(event) => change(event.target.value)}
        />
      </label>
      <span className="flex flex-wrap gap-2">
        <button type="submit" className="button border-line-strong text-ink" disabled={busy}>
          {busy ? 'Asking…' : 'Hand over at its next rest'}
        </button>
        <button type="button" className="button" onClick={() => setOpen(false)}>
          Cancel
        </button>
      </span>
      <Refusal error={error} />
    </form>
  );
}
