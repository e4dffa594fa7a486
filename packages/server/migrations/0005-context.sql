-- What status lines and screens last said of each session's context, until the poller has looked.
-- Signals: the next one comes within a turn, and the transcript says the same. Hence unlogged, and
-- empty after a crash of the database. Not an agent's rows: whose they are is decided by the poller.
create unlogged table context_signals (
  host text not null,
  session_id text not null,
  source text not null check (source in ('statusline', 'screen')),
  -- Milliseconds since 1970: when it was said.
  at_ms bigint not null,
  used_tokens bigint,
  window_tokens bigint,
  shown_percent integer,
  model text,
  prompt_id text,
  received_at timestamptz not null default now(),
  -- The poller has looked at it as it is now.
  polled boolean not null default false,
  primary key (host, session_id, source)
) with (fillfactor = 50);
create index context_signals_waiting on context_signals (received_at) where not polled;
