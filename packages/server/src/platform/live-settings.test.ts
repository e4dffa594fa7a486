import { loadSettings } from '@headspace/home';
import { expect, it } from 'vitest';
import { LiveSettings } from './live-settings.ts';

it('takes over what is live, tells who listens, and leaves the rest as it was', () => {
  const start = loadSettings({ env: {} });
  const live = new LiveSettings(start);
  const seen: string[] = [];
  const end = live.onChange('log.level', (level) => seen.push(level));
  const next = {
    ...start,
    'log.level': 'debug',
    'server.port': 1,
    'events.maxStreams': 9,
  } as const;
  expect(live.take(next)).toEqual(['events.maxStreams', 'log.level']);
  expect(live.take(next)).toEqual([]);
  expect(seen).toEqual(['debug']);
  expect(live.values['events.maxStreams']).toBe(9);
  expect(live.get('server.port')).toBe(start['server.port']);
  expect({ ...live.values }).toEqual({ ...next, 'server.port': start['server.port'] });
  end();
  live.take(start);
  expect(seen).toEqual(['debug']);
});
