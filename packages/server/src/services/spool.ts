/**
 * Takes in what the hook script of this machine could not hand over while no server answered. The
 * events go through the front door like any other, so their ids keep them from being applied twice
 * and their times keep them from overwriting anything newer.
 */
import { flushSpool, type HomePaths, readLine, spoolStatus } from '@headspace/home';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/log.ts';
import { intervalService, type IntervalService } from './runner/index.ts';

export interface SpoolServiceOptions {
  readonly paths: HomePaths;
  readonly clock: Clock;
  readonly logger: Logger;
}

const INTERVAL_MS = 1_000;

export function spoolService(options: SpoolServiceOptions): IntervalService {
  const { paths, clock, logger } = options;
  return intervalService({
    name: 'spool',
    intervalMs: INTERVAL_MS,
    clock,
    logger,
    tick: async () => {
      const serverUrl = readLine(paths.hookUrl);
      if (serverUrl === undefined || (await spoolStatus(paths)).waiting === 0) return;
      const result = await flushSpool({ paths, serverUrl, now: clock.now() });
      if (result === null || result.delivered + result.rejected === 0) return;
      logger.info(result, 'spooled hook events taken in');
    },
  });
}
