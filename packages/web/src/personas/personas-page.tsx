/** Personas: who agents can be, what is in their files, and what they have learned. */
import { useEffect, useRef } from 'react';
import type { PersonaList } from '@headspace/contract';
import { useBeat } from '../live/use-beat.ts';
import { useResource } from '../live/use-resource.ts';
import { closePanel } from '../navigation/navigate.ts';
import { FileEditor } from './file-editor.tsx';
import { NewPersonaForm } from './new-persona-form.tsx';
import { PersonaItem } from './persona-item.tsx';

const PERIOD_MS = 5000;

export function PersonasPage() {
  const beat = useBeat(PERIOD_MS);
  const { data, error, retry } = useResource<PersonaList>('/api/personas', beat);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <article data-testid="personas-page" className="mx-auto max-w-230 pb-24">
      <div className="flex flex-wrap items-center gap-3 px-4 pt-5 pb-3 sm:px-6">
        <h2
          ref={heading}
          tabIndex={-1}
          className="flex-1 text-[1.35rem] font-semibold outline-none"
        >
          Personas
        </h2>
        <button type="button" className="button" title="Close ( Esc )" onClick={closePanel}>
          Back to the board
        </button>
      </div>
      {error && !data ? <p className="px-4 text-soft sm:px-6">{error.message}.</p> : null}
      {data ? (
        <div className="flex flex-col gap-6 px-4 sm:px-6">
          <section aria-labelledby="personas-list">
            <h3 id="personas-list" className="eyebrow mb-1.5">
              Who agents can be
            </h3>
            {data.personas.length === 0 ? (
              <p className="text-soft">There is none yet.</p>
            ) : (
              <ul className="panel overflow-hidden">
                {data.personas.map((persona) => (
                  <PersonaItem key={persona.slug} persona={persona} onChanged={retry} />
                ))}
              </ul>
            )}
          </section>
          <section aria-labelledby="personas-guardrails">
            <h3 id="personas-guardrails" className="eyebrow mb-1.5">
              Guardrails of this machine
            </h3>
            <p className="mb-1.5 text-[0.9rem] text-soft">
              They stand above everything that a persona says. Without them no remote agent works.
            </p>
            <FileEditor file={data.guardrails} path="/api/guardrails" onChanged={retry} />
          </section>
          <NewPersonaForm onMade={retry} />
          <p className="text-[0.87rem] break-words text-faint">
            Kept in <code className="font-mono">{data.folder}</code>.
          </p>
        </div>
      ) : null}
    </article>
  );
}
