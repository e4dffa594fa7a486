/** The server's log: JSON lines on standard error, secrets left out wherever they turn up. */
import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

/** Paths of what may carry a token, a cookie or a password. */
const SECRET_PATHS = [
  'authorization',
  'cookie',
  'token',
  'password',
  'connectionString',
  '*.authorization',
  '*.cookie',
  '*.token',
  '*.password',
  '*.connectionString',
  'headers["set-cookie"]',
  'req.headers.authorization',
  'req.headers.cookie',
];

/** A logger of this level. It writes to standard error, so that standard output stays for people. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      redact: { paths: SECRET_PATHS, censor: '[redacted]' },
      serializers: { err: describeError },
    },
    destination ?? pino.destination({ fd: 2, sync: false }),
  );
}

/**
 * An error in the few fields that tell. The driver hangs its whole client on its errors, statements
 * and all.
 */
function describeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const { name, message, stack, cause } = error;
  const { code } = error as NodeJS.ErrnoException;
  return {
    type: name,
    message,
    ...(code === undefined ? {} : { code }),
    stack,
    ...(cause === undefined ? {} : { cause: describeError(cause) }),
  };
}
