/**
 * Vitest global setup: one PostgreSQL for the whole run, stopped at its end. TEST_PG_URL in the
 * environment names a server of yours to use instead (a superuser, or one that may create databases).
 */
import { startPostgres } from './postgres-cluster.ts';

export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if ((process.env['TEST_PG_URL'] ?? '') !== '') return undefined;
  const postgres = await startPostgres();
  process.env['TEST_PG_URL'] = postgres.url; // Test processes inherit it.
  return async () => {
    delete process.env['TEST_PG_URL'];
    await postgres[Symbol.asyncDispose]();
  };
}
