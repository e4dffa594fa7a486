/**
 * Notices when a person edits `config.yaml` while the server runs. It looks, and does not wait to be
 * told: a small file read each second costs less than what watching misses on some file systems.
 */
import type { ConfigSource } from '../features/config-editor/index.ts';
import { intervalService, type IntervalService, type LoopOptions } from './runner/index.ts';

export function configFile(
  loop: LoopOptions,
  { source }: { source: ConfigSource },
): IntervalService {
  return intervalService({ ...loop, name: 'config-file', tick: (signal) => source.check(signal) });
}
