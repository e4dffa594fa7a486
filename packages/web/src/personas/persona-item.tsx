/** One persona in the list: who has it, and, when opened, its learnings and its files. */
import { useState } from 'react';
import type { PersonaSummary, PersonaView } from '@headspace/contract';
import { useResource } from '../live/use-resource.ts';
import { PanelLink } from '../navigation/panel-link.tsx';
import { FileEditor } from './file-editor.tsx';
import { PersonaLearnings } from './persona-learnings.tsx';

interface Props {
  persona: PersonaSummary;
  onChanged: () => void;
}

export function PersonaItem({ persona, onChanged }: Props) {
  const { slug, version, problem, agents, pendingLearnings } = persona;
  const [open, setOpen] = useState(false);
  return (
    <li data-testid="persona" data-slug={slug} className="border-t border-line first:border-0">
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary className="flex cursor-pointer flex-wrap items-baseline gap-x-3 gap-y-1 px-4 py-3">
          <span className="font-semibold">{slug}</span>
          {version === null ? null : (
            <span className="font-mono text-[0.8rem] text-faint" title="Version of its files">
              {version.slice(0, 8)}
            </span>
          )}
          {problem === null ? null : (
            <span data-attention="needs_you" className="text-[0.87rem] break-words text-tone">
              {problem}
            </span>
          )}
          <span className="ml-auto flex flex-wrap gap-x-3 text-[0.87rem] text-soft">
            {pendingLearnings > 0 ? (
              <span data-attention="your_turn" className="text-tone">
                {pendingLearnings} to review
              </span>
            ) : null}
            <span>{agents.length === 1 ? '1 agent' : `${String(agents.length)} agents`}</span>
          </span>
        </summary>
        {open ? <Opened persona={persona} onChanged={onChanged} /> : null}
      </details>
    </li>
  );
}

function Opened({ persona, onChanged }: Props) {
  const { slug, version, agents, pendingLearnings } = persona;
  const path = `/api/personas/${slug}`;
  const { data, error, retry } = useResource<PersonaView>(path, `${version} ${pendingLearnings}`);
  const changed = () => {
    retry();
    onChanged();
  };
  return (
    <div className="flex flex-col gap-4 px-4 pb-4">
      {agents.length > 0 ? (
        <p className="flex flex-wrap gap-x-3 text-[0.9rem]">
          {agents.map((agent) => (
            <PanelLink key={agent.id} to={{ name: 'agent', id: agent.id }} className="underline">
              agent {agent.id}
              {agent.version === version ? '' : ', an older version'}
            </PanelLink>
          ))}
        </p>
      ) : null}
      <PersonaLearnings slug={slug} version={pendingLearnings} onChanged={changed} />
      {error && !data ? <p className="text-soft">{error.message}.</p> : null}
      {data?.files.map((file) => (
        <div key={file.name}>
          <h4 className="mb-1 font-mono text-[0.87rem] text-soft">{file.name}</h4>
          <FileEditor file={file} path={`${path}/files/${file.name}`} onChanged={changed} />
        </div>
      ))}
    </div>
  );
}
