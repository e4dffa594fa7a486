/**
 * Takes in what the hook script of this machine could not hand over while no server answered. The
 * events go through the front door like any other, so their ids keep them from being applied twice
 * and their times keep them from overwriting anything newer.
 */
import { flushSpool, type HomePaths, readLine, spoolStatus } from '@headspace/home';
import { intervalService, type IntervalService, type LoopOptions } from './runner/index.ts';

export function spoolService(loop: LoopOptions, { paths }: { paths: HomePaths }): IntervalService {
  const { clock, logger } = loop;
  return intervalService({
    ...loop,
    name: 'spool',
    tick: async () => {
      const serverUrl = readLine(paths.hookUrl);
      if (serverUrl === undefined || (await spoolStatus(paths)).waiting === 0) return;
      const result = await flushSpool({ paths, serverUrl, now: clock.now() });
      if (result === null || result.delivered + result.rejected === 0) return;
      logger.info(result, 'spooled hook events taken in');
    },
  });
}
