/** What `GET /api/config` answers: every setting with its value, where it comes from and its kind. */
import { z } from 'zod';

/** A JSON value that a setting can have. */
const SettingValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()]);
export type SettingValue = z.infer<typeof SettingValue>;

/** Which form field fits. `list` is a list of texts. */
const SettingKind = z.enum(['text', 'integer', 'number', 'switch', 'choice', 'list']);
export type SettingKind = z.infer<typeof SettingKind>;

/** Where the value that counts comes from, in falling precedence. */
const SettingSource = z.enum(['flag', 'environment', 'file', 'default']);
export type SettingSource = z.infer<typeof SettingSource>;

export const SettingView = z.object({
  name: z.string(),
  help: z.string(),
  kind: SettingKind,
  min: z.number().nullable(),
  max: z.number().nullable(),
  /** What a `choice` may be; empty for other kinds. */
  options: z.array(z.string()),
  /** Null where there is none. */
  default: SettingValue,
  secret: z.boolean(),
  /** A running server takes a new value at once. */
  live: z.boolean(),
  /** Flag and variables that set it, too; they go before the file. */
  flag: z.string(),
  variables: z.array(z.string()),
  /** What flags, environment, file and default say now. Always null for a secret. */
  value: SettingValue,
  /** Whether there is a value, also for a secret. */
  isSet: z.boolean(),
  source: SettingSource,
  /** `--log-level`, `HEADSPACE_LOG_LEVEL` or `config.yaml:3`; null for a default. */
  origin: z.string().nullable(),
  inFile: z.boolean(),
  /** What stands in the file, whether it counts or not. Null for a secret. */
  fileValue: SettingValue,
  /** What the server works with at present. Null for a secret. */
  running: SettingValue,
  /** `value` counts only after a restart. */
  restartNeeded: z.boolean(),
});
export type SettingView = z.infer<typeof SettingView>;

export const ConfigProblem = z.object({
  /** `HEADSPACE_SERVER_PORT`, `/home/a/.headspace/config.yaml: server.port` or `….yaml:3:7`. */
  path: z.string(),
  reason: z.string(),
  /** The setting it is about; null where it is about the whole file. */
  name: z.string().nullable(),
  /** In the file, counted from 1; null where it is not there. */
  line: z.number().nullable(),
  column: z.number().nullable(),
});
export type ConfigProblem = z.infer<typeof ConfigProblem>;

export const ConfigView = z.object({
  /** Path of `config.yaml` on the server's machine. */
  file: z.string(),
  exists: z.boolean(),
  /** Of the file's content, as in the header `ETag`, quotes included. */
  etag: z.string(),
  settings: z.array(SettingView),
  /** While there is one, the file is not taken over: the values from before stay. */
  problems: z.array(ConfigProblem),
  /** Names in the file that no setting has. They are left alone. */
  warnings: z.array(ConfigProblem),
  /** Names of settings whose new value counts only after a restart. */
  restartNeeded: z.array(z.string()),
});
export type ConfigView = z.infer<typeof ConfigView>;
