/** Makes a persona; its other files are added in the list. */
import { useId, useState } from 'react';
import type { PersonaView } from '@headspace/contract';
import { Refusal } from '../prompts/refusal.tsx';
import { useAction } from '../prompts/use-action.ts';

export function NewPersonaForm({ onMade }: { onMade: () => void }) {
  const id = useId();
  const [slug, setSlug] = useState('');
  const [skill, setSkill] = useState('');
  const action = useAction(onMade);
  const make = async () => {
    const body = { slug: slug.trim(), skill };
    if ((await action.run<PersonaView>('POST', '/api/personas', body)) === null) return;
    setSlug('');
    setSkill('');
  };
  return (
    <form
      aria-labelledby={`${id}-title`}
      onSubmit={(event) => {
        event.preventDefault();
        void make();
      }}
    >
      <h3 id={`${id}-title`} className="eyebrow mb-1.5">
        New persona
      </h3>
      <label htmlFor={`${id}-slug`} className="text-[0.9rem] text-soft">
        Name
      </label>
      <input
        id={`${id}-slug`}
        value={slug}
        placeholder="code-reviewer"
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setSlug(event.target.value)}
        className="field mt-0.5 mb-2 block w-full font-mono text-[0.87rem]"
      />
      <label htmlFor={`${id}-skill`} className="text-[0.9rem] text-soft">
        Who it is and what it can do
      </label>
      <textarea
        id={`${id}-skill`}
        rows={3}
        value={skill}
        onChange={(event) => setSkill(event.target.value)}
        className="field mt-0.5 block field-sizing-content h-auto max-h-96 min-h-20 w-full resize-y py-2 text-[0.93rem]"
      />
      <Refusal error={action.error} />
      <button
        className="button-primary mt-2 h-8"
        disabled={action.busy || slug.trim() === '' || skill.trim() === ''}
      >
        Make it
      </button>
    </form>
  );
}
