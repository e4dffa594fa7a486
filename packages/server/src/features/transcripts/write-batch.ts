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

/**
 * The entry completes the turn of the hook: its own id, its exact time, the whole text. Arrays and
 * no ON CONFLICT: half of the database's work for 2,000 turns (32 ms of CPU; 55 with JSON and ON
 * CONFLICT, PostgreSQL 18). The rows that are there already were read under the same lock; if one
 * came nevertheless, the unique index refuses the whole batch, and the file is read again.
 */
const WRITE = `
with r as materialized (
  select * from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[],
    $7::timestamptz[], $8::bigint[], $9::text[], $10::text[], $11::text[])
    as r(turn_id, entry_id, actor, kind, body, happened_at, place, prompt_id, awaits_entry,
      match_key)
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
),
m as materialized (
  select * from unnest($12::boolean[], $13::text[], $14::text[], $15::text[], $16::text[],
    $17::boolean[], $18::bigint[], $19::bigint[], $20::bigint[], $21::bigint[], $22::bigint[],
    $23::timestamptz[])
    as m(is_new, message_id, prompt_id, awaits_entry, model, fast, input, cache_creation,
      cache_creation_1h, cache_read, output, happened_at)
),
grown as (
  update transcript_usage u set model = m.model, fast = m.fast, input_tokens = m.input,
    cache_creation_tokens = m.cache_creation, cache_creation_1h_tokens = m.cache_creation_1h,
    cache_read_tokens = m.cache_read, output_tokens = m.output, happened_at = m.happened_at,
    prompt_id = m.prompt_id, awaits_entry = m.awaits_entry
  from m where not m.is_new and u.agent_id = $1 and u.message_id = m.message_id
),
counted as (
  insert into transcript_usage (agent_id, message_id, subagent, prompt_id, awaits_entry, model,
    fast, input_tokens, cache_creation_tokens, cache_creation_1h_tokens, cache_read_tokens,
    output_tokens, happened_at)
  select $1, m.message_id, $25, m.prompt_id, m.awaits_entry, m.model, m.fast, m.input,
    m.cache_creation, m.cache_creation_1h, m.cache_read, m.output, m.happened_at
  from m where m.is_new
)
insert into transcript_files (agent_id, path, subagent, inode, read_offset, skipping, tail,
  restarts, state)
values ($1, $24, $25, $26, $27, $28, $29, $30, $31)
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
      ...turnColumns(turns, known),
      ...usageColumns(usage, known),
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

const iso = (ms: number): string => new Date(ms).toISOString();

function turnColumns(turns: EntryTurn[], known: KnownRows): unknown[][] {
  const joined = joinTurns(turns, known.turns);
  return [
    joined.map(({ hookTurnId }) => hookTurnId),
    joined.map(({ entryId }) => entryId),
    joined.map(({ actor }) => actor),
    joined.map(({ kind }) => kind),
    joined.map(({ text }) => text),
    joined.map(({ at }) => iso(at)),
    joined.map(({ place }) => place),
    joined.map(({ promptId }) => promptId),
    joined.map(({ awaits }) => awaits),
    joined.map(({ match }) => match),
  ];
}

function usageColumns(usage: readonly EntryUsage[], known: KnownRows): unknown[][] {
  const old = new Set(known.usage.map(({ messageId }) => messageId));
  return [
    usage.map(({ messageId }) => !old.has(messageId)),
    usage.map(({ messageId }) => messageId),
    usage.map(({ promptId }) => promptId),
    usage.map(({ awaits }) => awaits),
    usage.map(({ model }) => model),
    usage.map(({ fast }) => fast),
    usage.map(({ input }) => input),
    usage.map(({ cacheCreation }) => cacheCreation),
    usage.map(({ cacheCreation1h }) => cacheCreation1h),
    usage.map(({ cacheRead }) => cacheRead),
    usage.map(({ output }) => output),
    usage.map(({ at }) => iso(at)),
  ];
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
