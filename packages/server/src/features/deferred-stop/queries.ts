/** What is stored of a command and of what its agent said. */
import type { Pool, PoolClient } from 'pg';
import type { CommandOutput } from '@headspace/contract';
import type { TranscriptPicture } from '../../domain/transcript-picture.ts';
import { unknownOutcome } from '../../domain/rules/output.ts';

type Client = Pick<PoolClient, 'query'>;

export interface StoppedCommand {
  promptId: string | null;
  /** Milliseconds since 1970. */
  startedAt: number;
  completedAt: number | null;
  outcome: string | null;
  output: CommandOutput | null;
}

export interface Found {
  command: StoppedCommand;
  /** Of the agent's own transcripts, subagents left out. */
  pictures: TranscriptPicture[];
  /** The newest message that the agent gave in this command. */
  answer: { id: number } | null;
}

/**
 * One statement, so one moment: a picture that has passed the end comes with the turns before it.
 * Without a prompt_id on either side the time tells; the entry's own time is before the Stop's. With
 * it, what was said after the Stop comes last: a teammate's message or a `!` command, which has no
 * prompt of its own, is answered under the same prompt_id.
 */
const FIND = `
select c.prompt_id as "promptId", c.outcome, c.output,
  extract(epoch from c.started_at)::float8 * 1000 as "startedAt",
  extract(epoch from c.completed_at)::float8 * 1000 as "completedAt",
  (select coalesce(json_agg(f.state -> 'picture'), '[]') from transcript_files f
    where f.agent_id = c.agent_id and f.subagent is null) as pictures,
  (select t.id::float8 from turns t
    where t.agent_id = c.agent_id and t.actor = 'agent' and t.kind = 'message'
      and case when t.prompt_id is null or c.prompt_id is null
        then t.happened_at >= c.started_at
          and t.happened_at <= c.completed_at + interval '1 second'
        else t.prompt_id = c.prompt_id end
    order by t.happened_at <= c.completed_at + interval '1 second' desc,
      t.happened_at desc, t.place desc, t.id desc limit 1) as answer
from commands c where c.id = $1 and c.agent_id = $2`;

/** Null for a command that is gone. */
export async function findStopped(
  pool: Pool,
  commandId: number,
  agentId: number,
): Promise<Found | null> {
  const { rows } = await pool.query<
    StoppedCommand & { pictures: TranscriptPicture[]; answer: number | null }
  >({ name: 'deferred-stop', text: FIND, values: [commandId, agentId] });
  const [row] = rows;
  if (row === undefined) return null;
  const { pictures, answer, ...command } = row;
  return { command, pictures, answer: answer === null ? null : { id: answer } };
}

/** For a command that is no longer the agent's last one. Runs in a section's own transaction. */
export async function settleOlder(
  client: Client,
  commandId: number,
  found: Found,
  output: CommandOutput,
): Promise<void> {
  const { outcome } = found.command;
  await client.query(
    `update commands set output = $2, outcome = $3 where id = $1 and output = 'pending'`,
    [commandId, output, output === 'unknown' ? unknownOutcome(outcome) : outcome],
  );
}

/** The answer came from the transcript, which knows no commands. */
export async function linkAnswer(
  client: Client,
  commandId: number,
  answer: { id: number },
): Promise<void> {
  await client.query(`update turns set command_id = $2 where id = $1 and command_id is null`, [
    answer.id,
    commandId,
  ]);
}
