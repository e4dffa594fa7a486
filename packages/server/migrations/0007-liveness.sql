-- Which process table has shown a process: only where that very table is looked at again does the
-- absence of the process mean its end. A server that is moved into a container sees another one.
--
-- Migrations run in one transaction before a server takes hooks, so nobody waits for its locks.

alter table hook_events
  -- Name of the receiving server's table (platform/process-table.ts); null where it has none.
  add column seen_in text;
alter table agent_processes
  add column seen_in text;
