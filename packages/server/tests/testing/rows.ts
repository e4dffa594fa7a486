/** The rows of some agents without what differs from run to run: ids, times, evidence. */
import type pg from 'pg';
import type { Activity } from '../../src/domain/activity.ts';

interface Row {
  kind: string;
  session_ids: string[];
  ended_by: string | null;
  ended_reason: string | null;
  tmux_pane: string | null;
  cwd: string | null;
  activity: Activity;
  commands: unknown;
  turns: unknown;
  processes: unknown;
}

/**
 * Agents whose session ids begin with `tag`, with their commands, turns and processes; `tag` itself
 * is taken out, so that the same sequence under another tag has the same rows. Of pids the last
 * three digits count.
 */
export async function rowsOf(pool: pg.Pool, tag: string): Promise<unknown[]> {
  const { rows } = await pool.query<Row>(
    `select a.kind, a.session_ids, a.ended_by, a.ended_reason, a.tmux_pane, a.cwd, a.activity,
       (select json_agg(json_build_array(c.state, c.prompt, c.prompt_id, c.outcome) order by c.id)
         from commands c where c.agent_id = a.id) as commands,
       (select json_agg(json_build_array(t.actor, t.kind, t.body) order by t.turn_key, t.body)
         from turns t where t.agent_id = a.id) as turns,
       (select json_agg(json_build_array(p.pid % 1000, p.gone_at is null) order by p.pid)
         from agent_processes p where p.agent_id = a.id) as processes
     from agents a where a.session_ids[1] like $1 order by a.session_ids[1]`,
    [`${tag}%`],
  );
  const normal = rows.map(({ activity, ...row }) => ({ ...row, activity: timeless(activity) }));
  return JSON.parse(JSON.stringify(normal).replaceAll(tag, 'TAG')) as unknown[];
}

function timeless(activity: Activity) {
  return {
    turn: activity.turn,
    promptId: activity.promptId,
    pastPromptIds: activity.pastPromptIds,
    commands: activity.commands,
    tools: Object.keys(activity.tools).toSorted(),
    closedTools: activity.closedTools.toSorted(),
    dialogs: activity.dialogs.map(({ kind, summary, toolUseId }) => [kind, summary, toolUseId]),
    subagents: Object.keys(activity.subagents).toSorted(),
    tasks: activity.tasks,
    compacting: activity.compacting,
    failure: activity.failure,
    attention: activity.shown.attention,
    reason: activity.shown.reason,
  };
}
