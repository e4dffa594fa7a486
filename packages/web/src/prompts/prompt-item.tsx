/** One message and where it is; what can still be done with it stands below. */
import type { Attention, PromptPatch, PromptState, PromptView } from '@headspace/contract';
import { useState } from 'react';
import { asSentence } from '../model/attention.ts';
import { Elapsed } from '../ui/elapsed.tsx';
import { Refusal } from './refusal.tsx';
import { PromptEditor } from './prompt-editor.tsx';
import { stateWords } from './prompt-words.ts';
import { useAction } from './use-action.ts';

interface Props {
  prompt: PromptView;
  /** Whether its agent can be given anything at present. */
  reachable: boolean;
  onChanged: () => void;
}

const TONE = {
  queued: 'idle',
  delivering: 'working',
  pasted: 'working',
  accepted: 'your_turn',
  failed: 'needs_you',
  cancelled: 'idle',
} as const satisfies Record<PromptState, Attention>;

const SIGN = {
  queued: '○',
  delivering: '◔',
  pasted: '◑',
  accepted: '✓',
  failed: '!',
  cancelled: '–',
} as const satisfies Record<PromptState, string>;

export function PromptItem({ prompt, reachable, onChanged }: Props) {
  const [editing, setEditing] = useState(false);
  const { run, busy, error } = useAction(onChanged);
  const { state } = prompt;
  const path = `/api/agents/${prompt.agentId}/prompts/${prompt.id}`;
  const done = state === 'accepted' || state === 'cancelled';
  const patch = (change: Omit<PromptPatch, 'revision'>) =>
    run('PATCH', path, { revision: prompt.revision, ...change });
  return (
    <li
      data-testid="prompt"
      data-state={state}
      data-attention={TONE[state]}
      className={`rounded-md border border-line px-3 py-2 ${done ? '' : 'bg-surface'}`}
    >
      <div className="flex flex-wrap items-baseline gap-x-2 text-[0.83rem]">
        <span className="font-semibold text-tone">
          <span aria-hidden="true">{SIGN[state]}</span> <span>{stateWords(prompt)}</span>
        </span>
        {prompt.kind === 'command' ? <span className="text-faint">command</span> : null}
        <span className="ml-auto text-faint">
          <Elapsed at={prompt.changedAt} form="ago" />
        </span>
      </div>
      {prompt.reason ? (
        <p className="mt-0.5 text-[0.87rem] break-words text-soft">{asSentence(prompt.reason)}</p>
      ) : null}
      {editing && state === 'queued' ? (
        <PromptEditor
          prompt={prompt}
          busy={busy}
          onSave={async (text) => {
            if ((await patch({ text })) !== null) setEditing(false);
          }}
          onClose={() => setEditing(false)}
        />
      ) : (
        <p
          className={`mt-1 max-h-40 overflow-y-auto text-[0.9rem] break-words whitespace-pre-wrap ${done ? 'line-clamp-2 text-faint' : ''} ${prompt.kind === 'command' ? 'font-mono' : ''}`}
        >
          {prompt.text}
        </p>
      )}
      {editing && state === 'queued' ? null : (
        <div className="mt-1.5 flex flex-wrap gap-1.5 empty:hidden">
          {state === 'queued' ? (
            <>
              <Action label="Edit" busy={busy} act={() => setEditing(true)} />
              {(prompt.place ?? 1) > 1 ? (
                <Action label="Send next" busy={busy} act={() => patch({ next: true })} />
              ) : null}
              <Action label="Cancel" busy={busy} act={() => run('DELETE', path)} />
            </>
          ) : null}
          {state === 'failed' ? (
            <>
              {reachable ? (
                <Action label="Send again" busy={busy} act={() => run('POST', `${path}/retry`)} />
              ) : null}
              <Action label="Put aside" busy={busy} act={() => run('DELETE', path)} />
            </>
          ) : null}
          {state === 'cancelled' && reachable ? (
            <Action label="Undo" busy={busy} act={() => run('POST', `${path}/retry`)} />
          ) : null}
        </div>
      )}
      <Refusal error={error} />
    </li>
  );
}

function Action({ label, busy, act }: { label: string; busy: boolean; act: () => unknown }) {
  return (
    <button type="button" className="button h-7 px-2" disabled={busy} onClick={() => void act()}>
      {label}
    </button>
  );
}
