/** Reads of the queue, for delivery. Prompts are written by the section only. */
import type { PromptKind, PromptState } from '@headspace/contract';
import type { Pool } from 'pg';

export interface FrontPrompt {
  id: number;
  body: string;
  kind: PromptKind;
  state: Extract<PromptState, 'queued' | 'delivering' | 'pasted'>;
  revision: number;
  attempt: number;
  reason: string | null;
  file: string | null;
  /** The last one of the agent that has arrived; nulls where there is none. */
  lastBody: string | null;
  lastFile: string | null;
}

/** The prompt on its way, else the next one that waits. By the index `prompts_open`. */
export async function frontPrompt(pool: Pool, agentId: number): Promise<FrontPrompt | undefined> {
  const { rows } = await pool.query<FrontPrompt>({
    name: 'front-prompt',
    text: `select p.id::float8 as id, p.body, p.kind, p.state, p.revision, p.attempt, p.reason,
        p.file, b.body as "lastBody", b.file as "lastFile"
      from prompts p left join lateral (
        select body, file from prompts q where q.agent_id = p.agent_id and q.state = 'accepted'
        order by q.accepted_at desc limit 1) b on true
      where p.agent_id = $1 and p.state in ('queued', 'delivering', 'pasted')
      order by (p.state = 'queued'), p.position, p.id limit 1`,
    values: [agentId],
  });
  return rows[0];
}

/**
 * Agents of this host with prompts to deliver. What waits for an agent that has ended, and says so
 * already, is left alone until it lives again.
 */
export async function agentsToServe(pool: Pool, host: string, limit: number): Promise<number[]> {
  const { rows } = await pool.query<{ id: number }>({
    name: 'agents-with-prompts',
    text: `select a.id from agents a
      where a.host = $1 and a.id in (
        select agent_id from prompts where state in ('queued', 'delivering', 'pasted'))
        and (a.ended_at is null or exists (
          select from prompts p where p.agent_id = a.id
            and (p.state in ('delivering', 'pasted')
              or p.state = 'queued' and p.reason is distinct from $3)))
      order by a.id limit $2`,
    values: [host, limit, 'the agent has ended'],
  });
  return rows.map(({ id }) => id);
}
