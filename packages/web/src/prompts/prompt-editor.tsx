/** Other words for a message that still waits. */
import type { PromptView } from '@headspace/contract';
import { useEffect, useRef, useState } from 'react';

interface Props {
  prompt: PromptView;
  busy: boolean;
  onSave: (text: string) => Promise<void>;
  onClose: () => void;
}

export function PromptEditor({ prompt, busy, onSave, onClose }: Props) {
  // The space that the normal form puts before / and ! is not the person's.
  const [text, setText] = useState(() => prompt.text.replace(/^ (?=[!/])/, ''));
  const field = useRef<HTMLTextAreaElement>(null);
  useEffect(() => field.current?.focus(), []);
  const save = () => {
    if (!busy && text.trim() !== '') void onSave(text);
  };
  return (
    <form
      className="mt-1"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <textarea
        ref={field}
        rows={2}
        value={text}
        aria-label="Text of the message"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === 'Escape') onClose();
          else if (event.key === 'Enter' && !event.shiftKey) save();
          else return;
          event.preventDefault();
        }}
        className="field block field-sizing-content h-auto max-h-72 min-h-16 w-full resize-y py-2 text-[0.93rem]"
      />
      <div className="mt-1.5 flex gap-1.5">
        <button className="button h-7 px-2" disabled={busy || text.trim() === ''}>
          Save
        </button>
        <button type="button" className="button h-7 px-2" onClick={onClose}>
          Leave as it is
        </button>
      </div>
    </form>
  );
}
