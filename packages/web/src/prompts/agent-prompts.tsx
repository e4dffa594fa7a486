/** What a person says to an agent: the field, and what became of what was said. */
import type { AgentView, PromptList } from '@headspace/contract';
import { useResource } from '../live/use-resource.ts';
import { Composer } from './composer.tsx';
import { InterruptButton } from './interrupt-button.tsx';
import { PromptItem } from './prompt-item.tsx';
import { shownPrompts, unreachable } from './prompt-words.ts';

/** Of those that are done. */
const DONE_SHOWN = 3;

export function AgentPrompts({ agent }: { agent: AgentView }) {
  // Every change of a prompt comes with a change of its agent.
  const list = useResource<PromptList>(`/api/agents/${agent.id}/prompts?limit=100`, agent);
  const why = unreachable(agent);
  const prompts = shownPrompts(list.data?.prompts ?? [], DONE_SHOWN);
  return (
    <section aria-label="Messages to this agent">
      {why === null ? (
        <Composer agentId={agent.id} onSent={list.retry} />
      ) : (
        <p className="text-[0.93rem] text-faint">{why}</p>
      )}
      {why === null && agent.attention === 'working' ? (
        <InterruptButton agentId={agent.id} />
      ) : null}
      {list.error ? (
        <p role="alert" className="mt-2 flex flex-wrap items-center gap-3 text-[0.87rem] text-soft">
          The messages could not be read: {list.error.message}.
          <button type="button" className="button" onClick={list.retry}>
            Try again
          </button>
        </p>
      ) : null}
      {prompts.length > 0 ? (
        <ol className="mt-3 flex flex-col gap-2" data-testid="prompt-queue">
          {prompts.map((prompt) => (
            <PromptItem
              key={prompt.id}
              prompt={prompt}
              reachable={why === null}
              onChanged={list.retry}
            />
          ))}
        </ol>
      ) : null}
    </section>
  );
}
