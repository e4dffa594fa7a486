-- What is known of the final text of a command that ended by itself. The jobs that find it out live
-- in the schema graphile_worker, which the server migrates in the same step.
--
-- Migrations run in one transaction before a server takes hooks, so nobody waits for its locks:
-- squawk-ignore-file constraint-missing-not-valid

-- null: open, or ended in another way, so no final text was announced.
alter table commands add column output text;
alter table commands add constraint commands_output
  check (output in ('pending', 'known', 'none', 'unknown'));
