/** What agents propose to keep: a person accepts it, in their own words if they like, or not. */
import { useState } from 'react';
import type { LearningList, LearningView } from '@headspace/contract';
import { useResource } from '../live/use-resource.ts';
import { PanelLink } from '../navigation/panel-link.tsx';
import { Refusal } from '../prompts/refusal.tsx';
import { useAction } from '../prompts/use-action.ts';

interface Props {
  slug: string;
  /** Changes when there are others. */
  version: number;
  onChanged: () => void;
}

export function PersonaLearnings({ slug, version, onChanged }: Props) {
  const path = `/api/personas/${slug}/learnings`;
  const { data, retry } = useResource<LearningList>(path, version);
  const pending = data?.learnings.filter(({ state }) => state === 'pending') ?? [];
  if (pending.length === 0) return null;
  const changed = () => {
    retry();
    onChanged();
  };
  return (
    <section>
      <h4 className="eyebrow mb-1">To review</h4>
      <ul className="flex flex-col gap-2">
        {pending.map((learning) => (
          <Learning key={learning.id} learning={learning} path={path} onChanged={changed} />
        ))}
      </ul>
    </section>
  );
}

interface LearningProps {
  learning: LearningView;
  path: string;
  onChanged: () => void;
}

function Learning({ learning, path, onChanged }: LearningProps) {
  const { id, agentId } = learning;
  const [text, setText] = useState(learning.text);
  const [decided, setDecided] = useState(false);
  const action = useAction(onChanged);
  const decide = async (decision: 'accept' | 'reject') => {
    const edited = text.trim() === learning.text ? {} : { text: text.trim() };
    const body = decision === 'accept' ? { decision, ...edited } : { decision };
    const answer = await action.run<LearningView>('POST', `${path}/${String(id)}`, body);
    setDecided(answer !== null);
  };
  // The list is fetched again in a moment.
  if (decided) return null;
  return (
    <li data-testid="learning" data-learning-id={id}>
      <textarea
        rows={1}
        aria-label="What would be kept"
        value={text}
        maxLength={500}
        onChange={(event) => setText(event.target.value)}
        className="field block field-sizing-content h-auto min-h-9 w-full resize-y py-1.5 text-[0.93rem]"
      />
      <div className="mt-1 flex flex-wrap items-center gap-1.5">
        <button
          type="button"
          className="button"
          disabled={action.busy || text.trim() === ''}
          onClick={() => void decide('accept')}
        >
          Accept
        </button>
        <button
          type="button"
          className="button"
          disabled={action.busy}
          onClick={() => void decide('reject')}
        >
          Reject
        </button>
        {agentId === null ? null : (
          <PanelLink to={{ name: 'agent', id: agentId }} className="text-[0.87rem] underline">
            by agent {agentId}
          </PanelLink>
        )}
      </div>
      <Refusal error={action.error} />
    </li>
  );
}
