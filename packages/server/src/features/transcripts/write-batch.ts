/**
 * One batch of a file into the tables: what is known of its entries is read first, then everything
 * is written in one statement, with the offset behind it. The caller holds the agent's lock over
 * both; the write runs in the section's own transaction.
 */
import type { PoolClient } from 'pg';
import { addToBuckets, negated, promptClass, type UsageBucket } from '../../domain/cost.ts';
import { storableJson } from '../../domain/display.ts';
import type { Resolution } from './chain.ts';
import type { Digest, EntryTurn, EntryUsage } from './digest.ts';
import type { FileKey, FileRow } from './file-rows.ts';
import { joinTurns, type KnownTurn } from './join-turns.ts';
import { mergeMessages } from './merge-usage.ts';

type Client = Pick<PoolClient, 'query'>;

/** What the database holds of a batch before it is written. */
export interface KnownRows {
  /** How far the file was read; null if nobody has. */
  file: Pick<FileRow, 'offset' | 'restarts'> | null;
  /** Entries that were read before, and turns of hooks that one of these entries may complete. */
  turns: KnownTurn[];
  usage: EntryUsage[];
}

/** One round trip: an agent's lock is held while it is made. */
const KNOWN = `
select
  (select json_build_object('offset', read_offset, 'restarts', restarts)
   from transcript_files where agent_id = $1 and path = $2) as file,
  (select coalesce(json_agg(t order by t.id), '[]') from (
     select id, entry_id as "entryId", match_key as match, prompt_id as "promptId"
     from turns where agent_id = $1 and entry_id = any($3)
     union all
     select id, null, match_key, prompt_id
     from turns where agent_id = $1 and match_key = any($4) and origin = 'hook') t) as turns,
  (select coalesce(json_agg(u), '[]') from (
     select message_id as "messageId", model, fast, prompt_id as "promptId",
       awaits_entry as awaits, input_tokens as input, cache_creation_tokens as "cacheCreation",
       cache_creation_1h_tokens as "cacheCreation1h", cache_read_tokens as "cacheRead",
       output_tokens as output,
       floor(extract(epoch from happened_at) * 1000) as at
     from transcript_usage where agent_id = $1 and message_id = any($5)) u) as usage`;

export async function knownRows(
  client: Client,
  { agentId, path }: FileKey,
  { turns, usage }: Pick<Digest, 'turns' | 'usage'>,
): Promise<KnownRows> {
  const matches = turns.flatMap(({ match }) => (match === null ? [] : [match]));
  const { rows } = await client.query<KnownRows>({
    name: 'known-transcript-rows',
    text: KNOWN,
    values: [
      agentId,
      path,
      turns.map(({ entryId }) => entryId),
      [...new Set(matches)],
      [...new Set(usage.map(({ messageId }) => messageId))],
    ],
  });
  const [known] = rows;
  if (known === undefined) throw new Error('a statement without rows');
  return known;
}

/** Tokens of a batch, with what was known of the same messages. */
export interface UsageChange {
  rows: EntryUsage[];
  /** The agent's sums after it. */
  sums(before: readonly UsageBucket[]): UsageBucket[];
}

export function usageChange(known: KnownRows, usage: readonly EntryUsage[]): UsageChange {
  const rows = mergeMessages([...known.usage, ...usage]);
  const changes = [...rows.map(bucketOf), ...known.usage.map((row) => negated(bucketOf(row)))];
  return { rows, sums: (before) => addToBuckets(before, changes) };
}

function bucketOf(message: EntryUsage): UsageBucket {
  const { model, fast, input, cacheCreation, cacheCreation1h, cacheRead, output } = message;
  const tokens = { input, cacheCreation, cacheCreation1h, cacheRead, output };
  return { model, fast, prompt: promptClass(message), messages: 1, ...tokens };
}

/** The entry completes the turn of the hook: its own id, its exact time, the whole text. */
const WRITE = `
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
),
told as (
  insert into turns (agent_id, actor, kind, body, happened_at, place, turn_key, prompt_id,
    match_key, entry_id, awaits_entry, origin)
  select $1, r.actor, r.kind, r.body, r.happened_at, r.place, 'entry:' || r.entry_id,
    r.prompt_id, r.match_key, r.entry_id, r.awaits_entry, 'transcript'
  from r where r.turn_id is null
  on conflict do nothing
),
tokens as (
  insert into transcript_usage as u (agent_id, message_id, subagent, prompt_id, awaits_entry,
    model, fast, input_tokens, cache_creation_tokens, cache_creation_1h_tokens,
    cache_read_tokens, output_tokens, happened_at)
  select $1, m.message_id, $5, m.prompt_id, m.awaits_entry, m.model, m.fast, m.input,
    m.cache_creation, m.cache_creation_1h, m.cache_read, m.output, m.happened_at
  from json_to_recordset($3::json) as m(message_id text, prompt_id text, awaits_entry text,
    model text, fast boolean, input bigint, cache_creation bigint, cache_creation_1h bigint,
    cache_read bigint, output bigint, happened_at timestamptz)
  on conflict (agent_id, message_id) do update set model = excluded.model, fast = excluded.fast,
    input_tokens = excluded.input_tokens, cache_creation_tokens = excluded.cache_creation_tokens,
    cache_creation_1h_tokens = excluded.cache_creation_1h_tokens,
    cache_read_tokens = excluded.cache_read_tokens, output_tokens = excluded.output_tokens,
    happened_at = excluded.happened_at, prompt_id = excluded.prompt_id,
    awaits_entry = excluded.awaits_entry
)
insert into transcript_files (agent_id, path, subagent, inode, read_offset, skipping, tail,
  restarts, state)
values ($1, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict (agent_id, path) do update set inode = excluded.inode,
  read_offset = excluded.read_offset, skipping = excluded.skipping, tail = excluded.tail,
  restarts = excluded.restarts, state = excluded.state, updated_at = now()`;

export async function writeBatch(
  client: Client,
  { agentId, path, subagent }: FileKey & { subagent: string | null },
  row: FileRow,
  { turns, resolutions }: Pick<Digest, 'turns' | 'resolutions'>,
  known: KnownRows,
  usage: readonly EntryUsage[],
): Promise<void> {
  await client.query({
    name: 'write-transcript-batch',
    text: WRITE,
    values: [
      agentId,
      storableJson(turnRows(turns, known)),
      storableJson(usage.map(usageRow)),
      path,
      subagent,
      row.inode,
      row.offset,
      row.skipping,
      row.tail,
      row.restarts,
      storableJson(row.state),
    ],
  });
  await resolvePrompts(client, agentId, resolutions);
}

function turnRows(turns: EntryTurn[], known: KnownRows) {
  return joinTurns(turns, known.turns).map((turn) => ({
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
}

function usageRow(message: EntryUsage) {
  return {
    message_id: message.messageId,
    prompt_id: message.promptId,
    awaits_entry: message.awaits,
    model: message.model,
    fast: message.fast,
    input: message.input,
    cache_creation: message.cacheCreation,
    cache_creation_1h: message.cacheCreation1h,
    cache_read: message.cacheRead,
    output: message.output,
    happened_at: new Date(message.at).toISOString(),
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
