import type { Pool } from 'pg';

export interface HeldRow extends AsyncDisposable {
  release(): Promise<void>;
  /** Resolves when somebody waits for the row. */
  waitedFor(): Promise<void>;
}

/** Holds an agent's row in a transaction of its own, so that a section stops at its first statement. */
export async function holdRow(pool: Pool, agentId: number): Promise<HeldRow> {
  const client = await pool.connect();
  await client.query('begin');
  await client.query('select from agents where id = $1 for update', [agentId]);
  let open = true;
  const release = async () => {
    if (!open) return;
    open = false;
    await client.query('rollback');
    client.release();
  };
  return {
    release,
    async waitedFor() {
      for (;;) {
        const { rows } = await client.query<{ n: number }>(
          `select count(*)::int as n from pg_stat_activity
           where datname = current_database() and pg_backend_pid() = any(pg_blocking_pids(pid))`,
        );
        if ((rows[0]?.n ?? 0) > 0) return;
      }
    },
    [Symbol.asyncDispose]: release,
  };
}
