/** Options of `npm run demo`. */
import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** How many agents play at the same time. */
  readonly agents: number;
  /** 2 plays twice as fast as a person would see it. */
  readonly speed: number;
  /** Each agent plays its session once, then the demo ends. */
  readonly once: boolean;
  /** A server that runs already; its tokens are in `home`. */
  readonly url: string | undefined;
  /** HEADSPACE_HOME of a server that runs already. */
  readonly home: string | undefined;
  readonly help: boolean;
}

export const USAGE = `npm run demo [-- OPTIONS]

Plays recorded Claude Code sessions into a running server, or into one of its own that goes when
the demo stops (Ctrl-C).

  --agents N   agents at the same time, 1 to 200 (default 12)
  --speed X    how fast they play, 0.1 to 1000 (default 1)
  --once       play each session once, then end
  --url URL    a server that runs already
  --home DIR   the HEADSPACE_HOME of that server, for its tokens`;

/** Throws an Error with a sentence for the person who typed it. */
export function parseOptions(args: readonly string[]): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      agents: { type: 'string', default: '12' },
      speed: { type: 'string', default: '1' },
      once: { type: 'boolean', default: false },
      url: { type: 'string' },
      home: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const agents = numberIn('--agents', values.agents, 1, 200);
  if (!Number.isInteger(agents)) throw new Error('--agents must be a whole number.');
  return {
    agents,
    speed: numberIn('--speed', values.speed, 0.1, 1000),
    once: values.once,
    url: values.url === undefined ? undefined : addressOf(values.url),
    home: values.home,
    help: values.help,
  };
}

function numberIn(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= least && value <= most) return value;
  throw new Error(`${name} must be a number from ${String(least)} to ${String(most)}.`);
}

function addressOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new Error(`--url must be an address such as http://127.0.0.1:5055, not ${text}.`);
  }
  return url.origin;
}
