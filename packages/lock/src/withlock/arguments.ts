/** The command line of withlock. */
import { parseArgs } from 'node:util';

export const USAGE = `withlock [options] NAME -- COMMAND [ARGUMENT…]

Runs COMMAND while holding the lock NAME, and ends it when the lock is lost.

  --database URL   PostgreSQL to lock on (else DATABASE_URL, else the PG… variables)
  --shared         shared with other --shared runs; excludes exclusive ones
  --slots N        up to N runs at one time instead of one
  --timeout S      give up after S seconds (default: wait for ever)
  --skip           do not wait: exit 75 at once when the lock is taken
  --grace S        seconds between SIGTERM and SIGKILL when the lock is lost (default 5)
  --compat         the key that the npm package advisory-lock has for NAME

Exit code: that of COMMAND (128 + n when signal n ended it); 75 lock not available; 70 lock lost;
69 database not reachable; 64 wrong arguments; 127 COMMAND not found, 126 not executable.
COMMAND finds the fencing token in LOCK_TOKEN.
`;

export interface WithlockArguments {
  readonly name: string;
  readonly command: string;
  readonly commandArguments: readonly string[];
  readonly database: string | undefined;
  readonly shared: boolean;
  readonly slots: number | null;
  readonly timeoutMs: number;
  readonly skip: boolean;
  readonly graceMs: number;
  readonly compat: boolean;
}

/** Throws Error with a sentence for the user. */
export function parseWithlock(argv: readonly string[]): WithlockArguments | 'help' {
  const split = argv.indexOf('--');
  const own = split < 0 ? argv : argv.slice(0, split);
  const { values, positionals } = parseArgs({
    args: [...own],
    allowPositionals: true,
    options: {
      database: { type: 'string' },
      shared: { type: 'boolean' },
      slots: { type: 'string' },
      timeout: { type: 'string' },
      skip: { type: 'boolean' },
      grace: { type: 'string' },
      compat: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) return 'help';
  const [name, ...rest] = positionals;
  const [command, ...commandArguments] = split < 0 ? [] : argv.slice(split + 1);
  if (name === undefined || rest.length > 0) throw new Error('give exactly one lock name');
  if (command === undefined) throw new Error('give a command after --');
  if (values.slots !== undefined && (values.shared === true || values.compat === true))
    throw new Error('--slots goes neither with --shared nor with --compat');
  return {
    name,
    command,
    commandArguments,
    database: values.database,
    shared: values.shared === true,
    slots: values.slots === undefined ? null : numberOf('--slots', values.slots),
    timeoutMs:
      values.timeout === undefined ? Infinity : 1_000 * numberOf('--timeout', values.timeout),
    skip: values.skip === true,
    graceMs: 1_000 * numberOf('--grace', values.grace ?? '5'),
    compat: values.compat === true,
  };
}

function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0) || value > 1_000_000)
    throw new Error(`${option} needs a number, got "${text}"`);
  return value;
}
