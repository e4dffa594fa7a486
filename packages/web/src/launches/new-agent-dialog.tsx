/** Starting an agent: a native dialog, which keeps the focus and closes on Escape by itself. */
import type { AgentView, LaunchView } from '@headspace/contract';
import { useEffect, useId, useRef, useState } from 'react';
import { connection, newAgentShown } from '../live/app-state.ts';
import { useStore } from '../live/use-store.ts';
import { Refusal } from '../prompts/refusal.tsx';
import { useAction } from '../prompts/use-action.ts';
import { newKey } from '../model/new-key.ts';
import { LaunchProgress } from './launch-progress.tsx';

export function NewAgentDialog() {
  const shown = useStore(newAgentShown, (value) => value);
  const dialog = useRef<HTMLDialogElement>(null);
  const [launch, setLaunch] = useState<LaunchView | null>(null);
  useEffect(() => {
    if (shown) dialog.current?.showModal();
    else dialog.current?.close();
  }, [shown]);
  const close = () => {
    newAgentShown.set(false);
    setLaunch(null);
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby="new-agent-title"
      onClose={close}
      className="m-auto w-[min(32rem,calc(100vw-2rem))] rounded-xl border border-line bg-surface p-0 text-ink backdrop:bg-black/40"
    >
      <div className="p-5" data-testid="new-agent">
        <h2 id="new-agent-title" className="text-[1.1rem] font-semibold">
          New agent
        </h2>
        <p className="mt-1 text-[0.87rem] text-soft">
          Starts Claude Code on the server’s machine, in a tmux session of its own.
        </p>
        {launch === null ? (
          shown && <NewAgentForm onStarted={setLaunch} onCancel={close} />
        ) : (
          <LaunchProgress launch={launch} onDone={close} onAgain={() => setLaunch(null)} />
        )}
      </div>
    </dialog>
  );
}

interface FormProps {
  onStarted: (launch: LaunchView) => void;
  onCancel: () => void;
}

function NewAgentForm({ onStarted, onCancel }: FormProps) {
  const id = useId();
  const folders = useStore(connection.board, ({ agents }) => foldersOf(agents.values()).join('\n'));
  const known = folders === '' ? [] : folders.split('\n');
  const [path, setPath] = useState(known[0] ?? '');
  const [prompt, setPrompt] = useState('');
  const [persona, setPersona] = useState('');
  // The same key until something else is asked for: a try whose answer was lost is not repeated.
  const [key, setKey] = useState(newKey);
  const action = useAction(() => undefined);
  const changed = (set: (value: string) => void) => (value: string) => {
    set(value);
    setKey(newKey());
  };
  const start = async () => {
    const body = {
      path,
      key,
      ...(prompt.trim() === '' ? {} : { prompt }),
      ...(persona.trim() === '' ? {} : { persona: persona.trim() }),
    };
    const launch = await action.run<LaunchView>('POST', '/api/launches', body);
    if (launch !== null) onStarted(launch);
  };
  return (
    <form
      className="mt-4 flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void start();
      }}
    >
      <Field
        label="Project folder"
        id={`${id}-path`}
        value={path}
        onChange={changed(setPath)}
        list={known}
      />
      <div>
        <label htmlFor={`${id}-prompt`} className="eyebrow">
          First message <span className="normal-case">(if you like)</span>
        </label>
        <textarea
          id={`${id}-prompt`}
          rows={3}
          value={prompt}
          onChange={(event) => changed(setPrompt)(event.target.value)}
          className="field mt-1 block field-sizing-content h-auto max-h-72 min-h-20 w-full resize-y py-2 text-[0.93rem]"
        />
      </div>
      <Field
        label="Persona"
        note="(if you like)"
        id={`${id}-persona`}
        value={persona}
        onChange={changed(setPersona)}
        list={[]}
      />
      <Refusal error={action.error} />
      <div className="mt-2 flex justify-end gap-2">
        <button type="button" className="button h-10" onClick={onCancel}>
          Cancel
        </button>
        <button className="button-primary" disabled={action.busy || path.trim() === ''}>
          {action.busy ? 'Starting…' : 'Start'}
        </button>
      </div>
    </form>
  );
}

interface FieldProps {
  label: string;
  note?: string;
  id: string;
  value: string;
  onChange: (value: string) => void;
  list: readonly string[];
}

function Field({ label, note, id, value, onChange, list }: FieldProps) {
  return (
    <div>
      <label htmlFor={id} className="eyebrow">
        {label} {note === undefined ? null : <span className="normal-case">{note}</span>}
      </label>
      <input
        id={id}
        value={value}
        list={list.length === 0 ? undefined : `${id}-list`}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
        className="field mt-1 h-10 w-full font-mono text-[0.87rem]"
      />
      {list.length === 0 ? null : (
        <datalist id={`${id}-list`}>
          {list.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </div>
  );
}

/** Of the agents on the board, the one seen last first. */
function foldersOf(agents: Iterable<AgentView>): string[] {
  const seen = [...agents].toSorted((a, b) => b.lastSeenAt.localeCompare(a.lastSeenAt));
  return [...new Set(seen.map(({ project }) => project.path))];
}
