/**
 * PostgreSQL settings of a lock session; all of them may be set by any user. The server ends the
 * session after `leaseMs` of silence, and a dead link within about the same time.
 */
export function sessionSettings(
  leaseMs: number,
  extra: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const seconds = String(Math.max(1, Math.floor(leaseMs / 3_000)));
  return {
    idle_session_timeout: String(leaseMs),
    idle_in_transaction_session_timeout: String(leaseMs),
    statement_timeout: String(leaseMs),
    // NOTIFY takes a lock at its commit; a session that stands there cannot send its heartbeat.
    lock_timeout: String(Math.max(100, Math.floor(leaseMs / 10))),
    tcp_keepalives_idle: seconds,
    tcp_keepalives_interval: seconds,
    tcp_keepalives_count: '2',
    tcp_user_timeout: String(leaseMs),
    // Tokens stay safe without a flush per acquire: see fence.ts.
    synchronous_commit: 'off',
    ...extra,
  };
}
