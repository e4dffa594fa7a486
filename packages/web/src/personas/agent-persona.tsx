/** The persona of one agent: what it was told, when, and whether that is proved. */
import type { AgentPersonaView, AgentView, InjectionView } from '@headspace/contract';
import { useResource } from '../live/use-resource.ts';
import { ClockTime } from '../ui/clock-time.tsx';

/** As many as fit; the API has more. */
const SHOWN = 5;

export function AgentPersona({ agent }: { agent: AgentView }) {
  return agent.persona === null && agent.personaNotice === null ? null : <Told agent={agent} />;
}

function Told({ agent }: { agent: AgentView }) {
  const version = `${agent.sessionId} ${agent.lastSeenAt} ${agent.personaNotice}`;
  const { data } = useResource<AgentPersonaView>(`/api/agents/${agent.id}/persona`, version);
  return (
    <section data-testid="agent-persona">
      <h3 className="eyebrow">Persona</h3>
      <p className="mt-1">{agent.persona ?? 'none, only guardrails'}</p>
      {agent.personaNotice === null ? null : (
        <p data-attention="needs_you" className="text-[0.9rem] break-words text-tone">
          {agent.personaNotice}
        </p>
      )}
      <ul className="mt-1 flex flex-col gap-0.5 text-[0.87rem] text-soft">
        {data?.injections.slice(0, SHOWN).map((injection) => (
          <li key={injection.id}>
            <ClockTime at={injection.claimedAt} /> {wordsOf(injection)}
          </li>
        ))}
      </ul>
    </section>
  );
}

const STATES = {
  claimed: 'not given yet',
  delivered: 'given, not proved yet',
  confirmed: 'given',
  uncertain: 'uncertain',
  failed: 'not given',
} as const;

function wordsOf({ how, state, version, reason }: InjectionView): string {
  const way = how === 'answer' ? 'with the start of the session' : 'through its prompts';
  const which = version === null ? '' : `, version ${version.slice(0, 8)}`;
  return `${STATES[state]} ${way}${which}${reason === null ? '' : `: ${reason}`}`;
}
