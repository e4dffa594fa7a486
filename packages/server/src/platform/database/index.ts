/** PostgreSQL for the rest of the server: start errors, migrations, pool, transactions, embedded server. */
export { StartError, type StartErrorCode } from './start-error.ts';
export { isConnectionError, isTransient } from './connection-error.ts';
export {
  applicationName,
  createPool,
  openPool,
  withoutSecret,
  OLDEST_SERVER_MAJOR,
  type PoolOptions,
} from './pool.ts';
export { checkCapacity, SESSIONS_BESIDE_POOL } from './capacity.ts';
export { inTransaction } from './transaction.ts';
export { migrate, readMigrations, MIGRATIONS_FOLDER, type Migration } from './migrate.ts';
export { startEmbedded, type EmbeddedOptions, type EmbeddedPostgres } from './embedded/embedded.ts';
export type { EmbeddedEvent } from './embedded/events.ts';
export { embeddedLocation, prepareHome, type EmbeddedLocation } from './embedded/location.ts';
export * as cluster from './embedded/cluster.ts';
export { serviceAccount, canEnter, type Account } from './embedded/account.ts';
export { usableBinaries, type Binaries } from './embedded/binaries.ts';
