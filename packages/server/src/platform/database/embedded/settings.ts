/** Server settings of the embedded PostgreSQL: one machine, one user, many small transactions. */
export const EMBEDDED_SETTINGS: Readonly<Record<string, string>> = {
  // Only programs on this machine, and only with the password.
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',

  // Three server processes with the default pool; see capacity.ts.
  max_connections: '100',
  shared_buffers: '256MB',

  // An answered hook is on disk. Group commit makes it cheap: concurrent commits share one flush.
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',

  // Fewer checkpoints, so fewer full page images under a steady load of small writes. These
  // binaries have no lz4, and pglz would cost more processor time than the disk space is worth.
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  wal_compression: 'off',

  // The inbox and the outbox turn over quickly; small frequent cleaning keeps their indexes small.
  autovacuum_naptime: '15s',

  // Statements here take about a millisecond; compiling one takes longer.
  jit: 'off',
  // Data of this size is in memory or on flash.
  random_page_cost: '1.1',

  // A file for each day of the week. Errors are logged with the statement, never its parameters.
  logging_collector: 'on',
  log_directory: 'log',
  log_filename: 'postgresql-%a.log',
  log_rotation_age: '1d',
  log_rotation_size: '0',
  log_truncate_on_rotation: 'on',
  log_line_prefix: '%m [%p] %a ',
};
