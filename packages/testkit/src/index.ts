export { noteNotRun } from './notes.ts';
export {
  createTestDatabase,
  databaseUrl,
  type TestDatabase,
  type TestDatabaseOptions,
} from './postgres.ts';
export { startPostgres, type Postgres, type PostgresOptions } from './postgres-cluster.ts';
export { installRaceSanitizer, RACE } from './race-sanitizer.ts';
export { readSse, type SseEvent, type SseOptions } from './sse.ts';
export { rawRequest, type RawAnswer, type RawRequest } from './raw-request.ts';
