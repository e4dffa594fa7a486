/**
 * Every setting, once. Flags, environment variables, `config.yaml`, the documentation and the
 * settings form are all made from this table.
 *
 * Order of precedence: flag, environment, file, default. The flag of `server.port` is
 * `--server-port`, its variable `HEADSPACE_SERVER_PORT`.
 */
import { z } from 'zod';

interface Setting<T extends z.ZodType = z.ZodType> {
  schema: T;
  help: string;
  /** Never shown or logged. */
  secret?: true;
  /** Additional environment variable that is honoured besides HEADSPACE_*. */
  env?: string;
}

const setting = <T extends z.ZodType>(row: Setting<T>): Setting<T> => row;

export const SETTINGS = {
  'server.host': setting({
    schema: z.string().default('127.0.0.1'),
    help: 'Address to listen on.',
  }),
  'server.port': setting({
    schema: z.coerce.number().int().min(0).max(65535).default(5055),
    help: 'Port to listen on; 0 takes a free one.',
  }),
  'server.allowedHosts': setting({
    schema: z
      .union([z.array(z.string()), z.string().transform((text) => text.split(',').filter(Boolean))])
      .default([]),
    help: 'Host names besides localhost under which this server may be called.',
  }),
  'database.url': setting({
    schema: z.string().optional(),
    secret: true,
    env: 'DATABASE_URL',
    help: 'PostgreSQL 14 or newer to use instead of the embedded one.',
  }),
  'database.poolSize': setting({
    schema: z.coerce.number().int().min(1).max(500).default(15),
    help: 'Connections that the pool keeps.',
  }),
  'database.maxOverflow': setting({
    schema: z.coerce.number().int().min(0).max(500).default(10),
    help: 'Connections that the pool may open beyond poolSize.',
  }),
  'hooks.maxBodyBytes': setting({
    schema: z.coerce
      .number()
      .int()
      .min(1024)
      .default(16 * 1024 * 1024),
    help: 'Largest hook body that is taken, in bytes.',
  }),
  'hooks.answerWithinMs': setting({
    schema: z.coerce.number().int().min(0).max(10_000).default(300),
    help: 'How long an answer may wait for content (SessionStart, UserPromptSubmit).',
  }),
  'hooks.maxTries': setting({
    schema: z.coerce.number().int().min(1).max(100).default(3),
    help: 'Tries before an event that fails by itself is parked.',
  }),
  'hooks.retentionDays': setting({
    schema: z.coerce.number().min(0.01).default(14),
    help: 'Days that applied hook events are kept.',
  }),
  'events.retentionDays': setting({
    schema: z.coerce.number().min(0.01).default(3),
    help: 'Days that stream messages are kept for readers that come back.',
  }),
  'events.maxStreams': setting({
    schema: z.coerce.number().int().min(1).default(200),
    help: 'Readers of the event stream at once, per process.',
  }),
  'claude.configDir': setting({
    schema: z.string().optional(),
    env: 'CLAUDE_CONFIG_DIR',
    help: "Claude Code's configuration folder; ~/.claude unless set.",
  }),
  'agentReaper.intervalMs': setting({
    schema: z.coerce.number().int().min(100).max(60_000).default(750),
    help: 'Pause between looks at the processes of agents; two looks end one.',
  }),
  'agentReaper.unwatchedIntervalMs': setting({
    schema: z.coerce.number().int().min(100).max(600_000).default(5_000),
    help: 'Pause between looks at agents without a process that can be watched.',
  }),
  'agentReaper.batch': setting({
    schema: z.coerce.number().int().min(1).max(5_000).default(500),
    help: 'Agents that one look judges at most.',
  }),
  'agentReaper.timeoutMs': setting({
    schema: z.coerce.number().int().min(100).max(60_000).default(2_000),
    help: 'How long a look waits for tmux.',
  }),
  'tmuxWatchdog.intervalMs': setting({
    schema: z.coerce.number().int().min(500).max(600_000).default(5_000),
    help: "Pause between looks at agents' terminals.",
  }),
  'tmuxWatchdog.batch': setting({
    schema: z.coerce.number().int().min(1).max(10_000).default(1_000),
    help: 'Screens that one look reads at most.',
  }),
  'tmuxWatchdog.timeoutMs': setting({
    schema: z.coerce.number().int().min(100).max(60_000).default(3_000),
    help: 'How long a look waits for each answer of tmux.',
  }),
  'tmuxWatchdog.stalledAfterMs': setting({
    schema: z.coerce.number().int().min(10_000).default(180_000),
    help: 'How long a screen stands still at work before the agent counts as stalled.',
  }),
  'tmuxWatchdog.unsentAfterMs': setting({
    schema: z.coerce.number().int().min(1_000).default(20_000),
    help: 'How long words stand in the prompt box before they count as not sent.',
  }),
  'log.level': setting({
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
    help: 'Least level that is logged.',
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type Settings = { [K in SettingName]: z.output<(typeof SETTINGS)[K]['schema']> };

/** `server.port` → `HEADSPACE_SERVER_PORT`, `database.poolSize` → `HEADSPACE_DATABASE_POOL_SIZE`. */
export function environmentName(name: SettingName): string {
  return `HEADSPACE_${name.replace(/[A-Z]/g, (c) => `_${c}`).replaceAll('.', '_')}`.toUpperCase();
}
