/** Start of the command line; nothing else. */
import { EXIT } from './errors.ts';
import { main } from './program.ts';

const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
process.once('SIGTERM', () => interrupted.abort());
// A reader that went away (`headspace agents | head`) is no error.
process.stdout.on('error', () => process.exit(EXIT.ok));

process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  cwd: process.cwd(),
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  now: Date.now,
  signal: interrupted.signal,
  outcome: { exitCode: EXIT.ok },
});
