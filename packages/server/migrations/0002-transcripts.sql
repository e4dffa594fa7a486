-- What is read from Claude Code's transcripts: turns that no hook told of, tokens, and how far each
-- file was read. All three belong to an agent and are written under its lock.
--
-- Migrations run in one transaction before a server takes hooks, so nobody waits for its locks:
-- squawk-ignore-file require-concurrent-index-creation, constraint-missing-not-valid

-- A hook and a transcript entry tell of the same turn, in either order; the second one completes
-- the row of the first. Rows from before have no match_key and stay as they are.
alter table turns
  -- Claude's prompt_id of the turn.
  add column prompt_id text,
  -- What hook and entry have in common (domain/turn-names.ts).
  add column match_key text,
  -- The transcript entry's own id.
  add column entry_id text,
  -- The entry that will tell the prompt_id, where it had not come yet.
  add column awaits_entry text,
  -- Number of the entry in its file: entries of one millisecond keep their order.
  add column place bigint not null default 0,
  -- Who has told of it: the other side may still come.
  add column origin text not null default 'hook';
alter table turns add constraint turns_origin
  check (origin in ('hook', 'transcript', 'both'));

create unique index turns_entry on turns (agent_id, entry_id) where entry_id is not null;
create index turns_unmatched on turns (agent_id, match_key)
  where origin <> 'both' and match_key is not null;
create index turns_awaiting on turns (agent_id, awaits_entry) where awaits_entry is not null;
-- The conversation in the order in which it was said; rows can come late.
create index turns_said on turns (agent_id, happened_at, place, id);
create index commands_prompt on commands (agent_id, prompt_id);

-- A file of an agent's transcript and how far it was read.
create table transcript_files (
  agent_id integer not null references agents (id) on delete cascade,
  path text not null,
  -- Claude's id of the subagent whose file it is; null for the session's own.
  subagent text,
  -- Device and inode; another one under the same name is read from its start.
  inode text not null,
  -- Everything before this byte has been read.
  read_offset bigint not null check (read_offset >= 0),
  -- Within a line that is longer than any entry.
  skipping boolean not null,
  -- Fingerprint of the bytes before read_offset.
  tail text not null,
  -- How often it was read from its start: replaced, or cut.
  restarts integer not null,
  -- Chain of entries, picture of the session, counts (features/transcripts/digest.ts).
  state jsonb not null,
  updated_at timestamptz not null default now(),
  primary key (agent_id, path)
);

-- Tokens of each message of the model. Several entries, and files, carry the same message.
create table transcript_usage (
  agent_id integer not null references agents (id) on delete cascade,
  message_id text not null,
  subagent text,
  prompt_id text,
  awaits_entry text,
  model text,
  input_tokens bigint not null,
  cache_creation_tokens bigint not null,
  cache_creation_1h_tokens bigint not null,
  cache_read_tokens bigint not null,
  output_tokens bigint not null,
  happened_at timestamptz not null,
  primary key (agent_id, message_id)
);
create index transcript_usage_awaiting on transcript_usage (agent_id, awaits_entry)
  where awaits_entry is not null;
