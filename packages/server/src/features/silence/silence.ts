/**
 * Agents that claim to work but of which nothing has been heard for long, by hook or by session
 * file. An interrupt fires no hook, so "working" would be a guess: it becomes unknown, and says so.
 * Any later sign ends the doubt.
 */
import { applyDoubt } from '../../domain/apply.ts';
import { type AgentsContext, type Section, withAgentOrSkip, witness } from '../agents/index.ts';

export interface SilenceOptions {
  context: AgentsContext;
  now: () => number;
  /** Claude's session file on this host shows the session with a living process. */
  sessionFileAlive: (sessionId: string) => boolean;
  /** Quiet gaps of 280 s are normal (long thinking, long tools). */
  silentAfterMs?: number;
  signal?: AbortSignal;
}

const SILENT_AFTER_MS = 10 * 60_000;

/** One look at all agents at work. */
export async function doubtSilent(options: SilenceOptions): Promise<void> {
  const before = options.now() - (options.silentAfterMs ?? SILENT_AFTER_MS);
  const { rows } = await options.context.pool.query<{ id: number }>(
    `select id from agents where ended_at is null
       and activity -> 'shown' ->> 'attention' = 'working'
       and greatest((activity ->> 'edgeAt')::float8, extract(epoch from last_seen_at) * 1000) < $1`,
    [before],
  );
  for (const { id } of rows) {
    if (options.signal?.aborted === true) return;
    await withAgentOrSkip(options.context, id, { purpose: 'silence' }, (section) =>
      doubtInside(options, section, id, before),
    );
  }
}

async function doubtInside(
  options: SilenceOptions,
  section: Section,
  id: number,
  before: number,
): Promise<void> {
  const agent = section.agents.get(id);
  if (agent === undefined || agent.state.ending !== null) return;
  const { activity } = agent.state;
  if (Math.max(activity.edgeAt, agent.lastSeenAt) >= before) return;
  if (activity.shown.attention !== 'working') return;
  const busy = activity.sessionFile?.status === 'busy';
  if (busy && options.sessionFileAlive(agent.sessionId)) return;
  const minutes = Math.floor((options.now() - activity.edgeAt) / 60_000);
  const doubt = `no sign of it for ${minutes} minutes; it was working when last heard of`;
  section.apply(agent, (state, context) =>
    applyDoubt(state, doubt, witness('hook', 'silence', options.now()), context),
  );
  await section.persist();
}
