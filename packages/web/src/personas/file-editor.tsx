/** A file of a persona as a field: saved on the content that was seen, never over another's change. */
import { useState } from 'react';
import type { PersonaFile } from '@headspace/contract';
import { Refusal } from '../prompts/refusal.tsx';
import { useAction } from '../prompts/use-action.ts';

interface Props {
  file: PersonaFile;
  /** Where it is put. */
  path: string;
  onChanged: () => void;
}

interface Draft {
  text: string;
  /** Tag of the content that it was typed on. */
  etag: string;
}

export function FileEditor({ file, path, onChanged }: Props) {
  const [draft, setDraft] = useState<Draft | null>(null);
  const action = useAction(onChanged);
  const text = draft?.text ?? file.content ?? '';
  const stale = draft !== null && draft.etag !== file.etag;
  const save = async () => {
    if (draft === null) return;
    const body = { content: draft.text };
    const saved = await action.run<PersonaFile>('PUT', path, body, { 'if-match': draft.etag });
    if (saved !== null) setDraft(null);
  };
  return (
    <form
      data-testid="persona-file"
      data-name={file.name}
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <textarea
        aria-label={file.name}
        rows={3}
        value={text}
        placeholder={file.content === null ? 'There is no such file yet.' : undefined}
        onChange={(event) =>
          setDraft((old) => ({ text: event.target.value, etag: old?.etag ?? file.etag }))
        }
        className="field block field-sizing-content h-auto max-h-96 min-h-20 w-full resize-y py-2 font-mono text-[0.87rem]"
      />
      {file.problem === null ? null : (
        <p data-attention="needs_you" className="mt-1 text-[0.87rem] break-words text-tone">
          {file.problem}
        </p>
      )}
      {stale ? (
        <p role="alert" data-attention="limit" className="mt-1 text-[0.87rem] text-tone">
          Somebody else has changed this file meanwhile.{' '}
          <button
            type="button"
            className="underline"
            onClick={() => setDraft({ text, etag: file.etag })}
          >
            Keep mine
          </button>{' '}
          <button type="button" className="underline" onClick={() => setDraft(null)}>
            Take theirs
          </button>
        </p>
      ) : null}
      <Refusal error={stale ? null : action.error} />
      {draft === null ? null : (
        <div className="mt-1.5 flex gap-1.5">
          <button className="button-primary h-8" disabled={action.busy || stale}>
            {action.busy ? 'Saving…' : 'Save'}
          </button>
          <button type="button" className="button" onClick={() => setDraft(null)}>
            Discard
          </button>
        </div>
      )}
    </form>
  );
}
