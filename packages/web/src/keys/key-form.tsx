/** Makes a key. */
import { useState, type ReactNode } from 'react';
import type { CreatedApiKey } from '@headspace/contract';
import type { ApiError } from '../net/api.ts';
import { useAction } from '../prompts/use-action.ts';
import { Refusal } from '../prompts/refusal.tsx';
import { EMPTY_DRAFT, requestOf, withScope, type KeyDraft } from './key-draft.ts';
import { SCOPE_WORDS, SCOPES } from './key-scopes.ts';

interface Props {
  onCreated: (key: CreatedApiKey) => void;
}

export function KeyForm({ onCreated }: Props) {
  const [draft, setDraft] = useState<KeyDraft>(EMPTY_DRAFT);
  const action = useAction(() => {});
  const type = (change: Partial<KeyDraft>): void => setDraft((old) => ({ ...old, ...change }));
  const create = async (): Promise<void> => {
    const created = await action.run<CreatedApiKey>('POST', '/api/keys', requestOf(draft));
    if (!created) return;
    setDraft(EMPTY_DRAFT);
    onCreated(created);
  };
  return (
    <form
      className="panel mt-4 grid gap-x-6 gap-y-3 px-4 py-4 sm:grid-cols-2"
      onSubmit={(event) => {
        event.preventDefault();
        void create();
      }}
    >
      <div className="flex min-w-0 flex-col gap-3">
        <Labelled name="Name">
          <input
            required
            maxLength={100}
            className="field w-full"
            value={draft.name}
            onChange={(event) => type({ name: event.target.value })}
          />
        </Labelled>
        <Labelled name="Projects" hint="One path on each line; agents start there and below.">
          <textarea
            required
            rows={3}
            className="field h-auto w-full py-1.5 font-mono"
            value={draft.projects}
            onChange={(event) => type({ projects: event.target.value })}
          />
        </Labelled>
        <Labelled name="Web sites that may frame it" hint="One origin on each line; none if empty.">
          <textarea
            rows={1}
            className="field h-auto w-full py-1.5 font-mono"
            value={draft.embedOrigins}
            onChange={(event) => type({ embedOrigins: event.target.value })}
          />
        </Labelled>
      </div>
      <div className="flex min-w-0 flex-col gap-3">
        <Scopes draft={draft} onChange={setDraft} />
        <div className="grid grid-cols-3 gap-3">
          <Count name="Agents at once" field="maxAgents" draft={draft} onType={type} />
          <Count name="New an hour" field="maxPerHour" draft={draft} onType={type} />
          <Count name="Ends in days" field="expiresInDays" draft={draft} onType={type} />
        </div>
      </div>
      <div className="sm:col-span-2">
        <button className="button-primary" disabled={action.busy}>
          Make the key
        </button>
        <Refusal error={action.error} />
        <Reasons error={action.error} />
      </div>
    </form>
  );
}

function Labelled({ name, hint, children }: { name: string; hint?: string; children: ReactNode }) {
  return (
    <label className="block text-[0.9rem]">
      <span className="font-medium">{name}</span>
      {children}
      {hint ? <span className="text-[0.8rem] text-faint">{hint}</span> : null}
    </label>
  );
}

interface ScopesProps {
  draft: KeyDraft;
  onChange: (draft: KeyDraft) => void;
}

function Scopes({ draft, onChange }: ScopesProps) {
  return (
    <fieldset className="min-w-0 text-[0.9rem]">
      <legend className="font-medium">It may</legend>
      {SCOPES.map((scope) => (
        <label key={scope} className="flex items-baseline gap-2">
          <input
            type="checkbox"
            checked={draft.scopes.has(scope)}
            onChange={(event) => onChange(withScope(draft, scope, event.target.checked))}
          />
          {SCOPE_WORDS[scope]}
        </label>
      ))}
    </fieldset>
  );
}

interface CountProps {
  name: string;
  field: 'maxAgents' | 'maxPerHour' | 'expiresInDays';
  draft: KeyDraft;
  onType: (change: Partial<KeyDraft>) => void;
}

function Count({ name, field, draft, onType }: CountProps) {
  return (
    <Labelled name={name}>
      <input
        type="number"
        min={1}
        required={field !== 'expiresInDays'}
        placeholder={field === 'expiresInDays' ? 'never' : ''}
        className="field w-full"
        value={draft[field]}
        onChange={(event) => onType({ [field]: event.target.value })}
      />
    </Labelled>
  );
}

/** What is wrong with each field. */
function Reasons({ error }: { error: ApiError | null }) {
  const errors = error?.problem?.errors ?? [];
  return (
    <ul className="text-[0.87rem] text-soft">
      {errors.map(({ path, message }) => (
        <li key={`${path} ${message}`}>
          {path}: {message}
        </li>
      ))}
    </ul>
  );
}
