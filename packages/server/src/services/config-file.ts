/**
 * Notices when a person edits `config.yaml` while the server runs. It looks, and does not wait to be
 * told: a small file read each second costs less than what watching misses on some file systems.
 */
import type { ConfigSource } from '../features/config-editor/index.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import { intervalService, type IntervalService } from './runner/index.ts';

export interface ConfigFileOptions {
  readonly source: ConfigSource;
  readonly intervalMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

export function configFileService({ source, ...loop }: ConfigFileOptions): IntervalService {
  return intervalService({ ...loop, name: 'config-file', tick: (signal) => source.check(signal) });
}
