/** From rows and files to what the API shows. */
import type {
  AgentPersonaView,
  InjectionView,
  PersonaSummary,
  PersonaView,
} from '@headspace/contract';
import type { Pool } from 'pg';
import { personaActivity } from '../../domain/persona-injection.ts';
import { redactText } from '../../domain/redact.ts';
import type { LoadedAgent } from '../agents/index.ts';
import type { PersonaOnDisk } from './folder.ts';
import type { InjectionRow } from './queries.ts';

/** The living agents of a persona on one host, with the version that each was given last. */
export async function agentsWithPersonas(
  pool: Pool,
  host: string,
): Promise<Map<string, PersonaSummary['agents']>> {
  const { rows } = await pool.query<{ persona: string; id: number; version: string | null }>(
    `select a.persona, a.id, (select i.version from persona_injections i
        where i.agent_id = a.id and i.persona = a.persona and i.version is not null
        order by i.id desc limit 1) as version
     from agents a where a.host = $1 and a.ended_at is null and a.persona is not null
     order by a.id`,
    [host],
  );
  const agents = new Map<string, PersonaSummary['agents']>();
  for (const { persona, id, version } of rows) {
    agents.set(persona, [...(agents.get(persona) ?? []), { id, version }]);
  }
  return agents;
}

export function personaSummary(
  { slug, version, problem }: PersonaOnDisk,
  agents: PersonaSummary['agents'] | undefined,
  pendingLearnings: number | undefined,
): PersonaSummary {
  return { slug, version, problem, agents: agents ?? [], pendingLearnings: pendingLearnings ?? 0 };
}

export function personaView(
  persona: PersonaOnDisk,
  agents: PersonaSummary['agents'] | undefined,
  pendingLearnings: number | undefined,
): PersonaView {
  const { folder, files } = persona;
  return { ...personaSummary(persona, agents, pendingLearnings), folder, files: [...files] };
}

export function agentPersonaView(
  { persona, state }: LoadedAgent,
  injections: readonly InjectionRow[],
): AgentPersonaView {
  const { notice, hold } = personaActivity(state.activity);
  return { persona, notice, hold, injections: injections.map(injectionView) };
}

function injectionView(row: InjectionRow): InjectionView {
  return {
    id: row.id,
    sessionId: row.sessionId,
    context: row.context,
    cause: row.cause,
    persona: row.persona,
    version: row.version,
    how: row.how,
    state: row.state,
    reason: row.reason === null ? null : redactText(row.reason),
    promptId: row.promptId,
    claimedAt: row.claimedAt.toISOString(),
    deliveredAt: row.deliveredAt?.toISOString() ?? null,
    settledAt: row.settledAt?.toISOString() ?? null,
  };
}
