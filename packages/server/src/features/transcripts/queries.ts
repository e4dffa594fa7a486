/** Tables of what was read from transcripts. All writes run in a section's own transaction. */
import type { Pool, PoolClient } from 'pg';
import { storableJson } from '../../domain/display.ts';
import type { Resolution } from './chain.ts';
import type { Digest, DigestState, EntryTurn, EntryUsage } from './digest.ts';
import { joinTurns, type KnownTurn } from './join-turns.ts';

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

/**
 * Writes what one batch of a file yielded, with the offset behind it. The caller has compared the
 * offset before it under the agent's lock.
 */
export async function writeBatch(
  client: Client,
  key: FileKey,
  subagent: string | null,
  row: FileRow,
  { turns, usage, resolutions }: Pick<Digest, 'turns' | 'usage' | 'resolutions'>,
): Promise<void> {
  await writeTurns(client, key.agentId, turns);
  await writeUsage(client, key.agentId, subagent, usage);
  await resolvePrompts(client, key.agentId, resolutions);
  await client.query({
    name: 'write-transcript-file',
    text: `insert into transcript_files (agent_id, path, subagent, inode, read_offset, skipping,
             tail, restarts, state)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
           on conflict (agent_id, path) do update set inode = excluded.inode,
             read_offset = excluded.read_offset, skipping = excluded.skipping,
             tail = excluded.tail, restarts = excluded.restarts, state = excluded.state,
             updated_at = now()`,
    values: [
      key.agentId,
      key.path,
      subagent,
      row.inode,
      row.offset,
      row.skipping,
      row.tail,
      row.restarts,
      storableJson(row.state),
    ],
  });
}

async function writeTurns(client: Client, agentId: number, turns: EntryTurn[]): Promise<void> {
  if (turns.length === 0) return;
  const known = await knownTurns(client, agentId, turns);
  const rows = joinTurns(turns, known).map((turn) => ({
    turn_id: turn.hookTurnId,
    entry_id: turn.entryId,
    actor: turn.actor,
    kind: turn.kind,
    body: turn.text,
    happened_at: new Date(turn.at).toISOString(),
    place: turn.place,
    prompt_id: turn.promptId,
    awaits_entry: turn.awaits,
    match_key: turn.match,
  }));
  if (rows.length === 0) return;
  await client.query({
    name: 'write-transcript-turns',
    text: WRITE_TURNS,
    values: [agentId, storableJson(rows)],
  });
}

/** The entry completes the turn of the hook: its own id, its exact time, the whole text. */
const WRITE_TURNS = `
with r as materialized (
  select * from json_to_recordset($2::json) as r(turn_id bigint, entry_id text, actor text,
    kind text, body text, happened_at timestamptz, place bigint, prompt_id text,
    awaits_entry text, match_key text)
),
completed as (
  update turns set entry_id = r.entry_id, origin = 'both', body = r.body,
    happened_at = r.happened_at, place = r.place, prompt_id = coalesce(turns.prompt_id, r.prompt_id),
    awaits_entry = case when turns.prompt_id is null then r.awaits_entry end
  from r where turns.id = r.turn_id and turns.agent_id = $1
)
insert into turns (agent_id, actor, kind, body, happened_at, place, turn_key, prompt_id, match_key,
  entry_id, awaits_entry, origin)
select $1, r.actor, r.kind, r.body, r.happened_at, r.place, 'entry:' || r.entry_id, r.prompt_id,
  r.match_key, r.entry_id, r.awaits_entry, 'transcript'
from r where r.turn_id is null
on conflict do nothing`;

/** Entries that were read before, and turns of hooks that one of these entries may complete. */
async function knownTurns(
  client: Client,
  agentId: number,
  turns: EntryTurn[],
): Promise<KnownTurn[]> {
  const matches = turns.flatMap(({ match }) => (match === null ? [] : [match]));
  const { rows } = await client.query<KnownTurn>({
    name: 'known-turns',
    text: `select id::float8 as id, entry_id as "entryId", match_key as match,
             prompt_id as "promptId"
           from turns where agent_id = $1 and entry_id = any($2)
           union all
           select id::float8, null, match_key, prompt_id
           from turns where agent_id = $1 and match_key = any($3) and origin = 'hook'
           order by id`,
    values: [agentId, turns.map(({ entryId }) => entryId), [...new Set(matches)]],
  });
  return rows;
}

/** Of one message the greatest counts: its first entries can tell less than all. */
const WRITE_USAGE = `
insert into transcript_usage as u (agent_id, message_id, subagent, prompt_id, awaits_entry, model,
  input_tokens, cache_creation_tokens, cache_creation_1h_tokens, cache_read_tokens, output_tokens,
  happened_at)
select $1, r.message_id, $2, r.prompt_id, r.awaits_entry, r.model, r.input, r.cache_creation,
  r.cache_creation_1h, r.cache_read, r.output, r.happened_at
from json_to_recordset($3::json) as r(message_id text, prompt_id text, awaits_entry text,
  model text, input bigint, cache_creation bigint, cache_creation_1h bigint, cache_read bigint,
  output bigint, happened_at timestamptz)
on conflict (agent_id, message_id) do update set
  input_tokens = greatest(u.input_tokens, excluded.input_tokens),
  cache_creation_tokens = greatest(u.cache_creation_tokens, excluded.cache_creation_tokens),
  cache_creation_1h_tokens =
    greatest(u.cache_creation_1h_tokens, excluded.cache_creation_1h_tokens),
  cache_read_tokens = greatest(u.cache_read_tokens, excluded.cache_read_tokens),
  output_tokens = greatest(u.output_tokens, excluded.output_tokens),
  happened_at = least(u.happened_at, excluded.happened_at),
  prompt_id = coalesce(u.prompt_id, excluded.prompt_id)`;

async function writeUsage(
  client: Client,
  agentId: number,
  subagent: string | null,
  usage: readonly EntryUsage[],
): Promise<void> {
  if (usage.length === 0) return;
  const rows = mergeMessages(usage).map((message) => ({
    message_id: message.messageId,
    prompt_id: message.promptId,
    awaits_entry: message.awaits,
    model: message.model,
    input: message.input,
    cache_creation: message.cacheCreation,
    cache_creation_1h: message.cacheCreation1h,
    cache_read: message.cacheRead,
    output: message.output,
    happened_at: new Date(message.at).toISOString(),
  }));
  await client.query({
    name: 'write-transcript-usage',
    text: WRITE_USAGE,
    values: [agentId, subagent, storableJson(rows)],
  });
}

/** One statement can touch a row once only. */
function mergeMessages(usage: readonly EntryUsage[]): EntryUsage[] {
  const messages = new Map<string, EntryUsage>();
  for (const one of usage) {
    const known = messages.get(one.messageId);
    messages.set(one.messageId, known === undefined ? one : larger(known, one));
  }
  return [...messages.values()];
}

function larger(a: EntryUsage, b: EntryUsage): EntryUsage {
  return {
    ...a,
    input: Math.max(a.input, b.input),
    cacheCreation: Math.max(a.cacheCreation, b.cacheCreation),
    cacheCreation1h: Math.max(a.cacheCreation1h, b.cacheCreation1h),
    cacheRead: Math.max(a.cacheRead, b.cacheRead),
    output: Math.max(a.output, b.output),
    at: Math.min(a.at, b.at),
    promptId: a.promptId ?? b.promptId,
  };
}

async function resolvePrompts(
  client: Client,
  agentId: number,
  resolutions: readonly Resolution[],
): Promise<void> {
  for (const { entry, promptId, awaits } of resolutions) {
    for (const table of ['turns', 'transcript_usage']) {
      await client.query(
        `update ${table} set prompt_id = coalesce(prompt_id, $3), awaits_entry = $4
         where agent_id = $1 and awaits_entry = $2`,
        [agentId, entry, promptId, awaits],
      );
    }
  }
}
