/**
 * Tells "the database is away" from "this statement is wrong". An event that meets the first is
 * kept and tried again without counting a try; the second is the event's own failure.
 * SQLSTATE: PostgreSQL documentation, appendix A.
 */

/** 57P01 admin_shutdown … 57P05 idle_session_timeout; 53300 too_many_connections; 25006 read-only standby. */
const CONNECTION_STATES = /^(08...|57P0[1-5]|53300|25006)$/;

/** 40001 serialization_failure, 40P01 deadlock, 55P03 lock_not_available, 57014 query_canceled, 53... resources. */
const RETRY_STATES = /^(40001|40P01|55P03|57014|53...)$/;

const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT', // A unix socket that is not there.
]);

/** node-postgres raises these as plain errors without a code (pg 8 client.js, pg-pool index.js). */
const MESSAGES = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
];

/** True when the connection or the server failed, not the statement. Looks through `cause`. */
export function isConnectionError(error: unknown): boolean {
  return chain(error).some((link) => {
    const code = codeOf(link);
    if (code !== undefined) return CONNECTION_STATES.test(code) || SOCKET_CODES.has(code);
    return MESSAGES.some((message) => link.message.startsWith(message));
  });
}

/** True when the same work can succeed later without a change: connection, deadlock, resources. */
export function isTransient(error: unknown): boolean {
  return (
    isConnectionError(error) ||
    chain(error).some((link) => {
      const code = codeOf(link);
      return code !== undefined && RETRY_STATES.test(code);
    })
  );
}

function chain(error: unknown): Error[] {
  const links: Error[] = [];
  let link = error;
  while (link instanceof Error && !links.includes(link)) {
    links.push(link);
    // Node puts the attempts at several addresses of one host into an AggregateError.
    if (link instanceof AggregateError)
      links.push(...link.errors.filter((e) => e instanceof Error));
    link = link.cause;
  }
  return links;
}

function codeOf(error: Error): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
