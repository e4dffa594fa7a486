/** Which files of transcripts there are, and how far each was read. Reads only. */
import type { Pool, PoolClient } from 'pg';
import type { DigestState } from './digest.ts';

type Client = Pick<PoolClient, 'query'>;

/** A file of an agent's transcript, as far as it was read. */
export interface FileRow {
  inode: string;
  offset: number;
  skipping: boolean;
  tail: string;
  restarts: number;
  state: DigestState;
}

export interface FileKey {
  agentId: number;
  path: string;
}

/** Null for a file that nobody has read yet. */
export async function loadFile(client: Client, key: FileKey): Promise<FileRow | null> {
  const { rows } = await client.query<FileRow>({
    name: 'load-transcript-file',
    text: `select inode, read_offset::float8 as "offset", skipping, tail, restarts, state
           from transcript_files where agent_id = $1 and path = $2`,
    values: [key.agentId, key.path],
  });
  return rows[0] ?? null;
}

export interface WatchedRow {
  agent_id: number;
  path: string;
  subagent: string | null;
}

/** Ended agents that are looked at, at most. */
const ENDED_LIMIT = 2_000;

/**
 * The files of this host's agents: the transcripts of all sessions of each, which lie beside each
 * other, and what was read before; living agents first. Of those that ended within `endedDays`, the ones of which a hook came after
 * `seenAfter` (milliseconds since 1970): a spool can tell of an end long after it.
 */
export async function watchedFiles(
  pool: Pool,
  host: string,
  endedDays: number,
  seenAfter: number,
): Promise<WatchedRow[]> {
  const { rows } = await pool.query<WatchedRow>({
    name: 'watched-transcripts',
    text: `with mine as (
             select id, transcript_path, session_ids, false as ended from agents
             where host = $1 and ended_at is null
             union all
             (select id, transcript_path, session_ids, true from agents
              where host = $1 and ended_at >= now() - make_interval(days => $2)
                and last_seen_at >= to_timestamp($3::float8 / 1000)
              order by ended_at desc limit $4)),
           files as (
             select id as agent_id, transcript_path as path, null as subagent, ended
             from mine where transcript_path is not null
             union
             select mine.id, regexp_replace(transcript_path, '[^/]*$', '') || session || '.jsonl',
               null, ended
             from mine, unnest(session_ids) as session
             where transcript_path is not null and session ~ '^[A-Za-z0-9_-]{1,100}$'
             union
             select f.agent_id, f.path, f.subagent, mine.ended
             from mine join transcript_files f on f.agent_id = mine.id)
           select agent_id, path, subagent from files order by ended, agent_id, path`,
    values: [host, endedDays, seenAfter, ENDED_LIMIT],
  });
  return rows;
}
