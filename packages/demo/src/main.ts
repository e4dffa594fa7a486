/** `npm run demo`: the program. See options.ts for what it takes. */
import { setMaxListeners } from 'node:events';
import { playFleet } from './fleet.ts';
import { parseOptions, USAGE } from './options.ts';
import { openTarget } from './target.ts';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

try {
  await main();
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    say(USAGE);
    return;
  }
  const stop = new AbortController();
  // Every player waits on it.
  setMaxListeners(0, stop.signal);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => stop.abort());
  }
  const target = await openTarget({ ...options, env: process.env });
  try {
    const own = target.claudeFolder !== undefined;
    say(
      own
        ? `No server of yours runs, so the demo started one of its own at ${target.url}; it goes when the demo stops.`
        : `The demo plays into the server at ${target.url}, as agents of the host ${target.host}.`,
    );
    say(`Open the dashboard: ${target.url}/#token=${encodeURIComponent(target.operatorToken)}`);
    say(`${String(options.agents)} agents play recorded sessions. Ctrl-C stops.`);
    await playFleet(target, { ...options, signal: stop.signal });
  } finally {
    await target.close();
  }
}
