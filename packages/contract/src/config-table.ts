/**
 * Every setting, once. Flags, environment variables, `config.yaml`, the documentation and the
 * settings form are all made from this table.
 *
 * Order of precedence: flag, environment, file, default. The flag of `server.port` is
 * `--server-port`, its variable `HEADSPACE_SERVER_PORT`.
 */
import { z } from 'zod';
import { ModelPricesSetting } from './prices.ts';

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
  'costs.prices': setting({
    schema: ModelPricesSetting.default({}),
    help: 'Prices of models in dollars per million tokens, beside and over the built-in ones.',
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
