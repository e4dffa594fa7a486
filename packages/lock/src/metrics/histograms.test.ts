import { expect, it } from 'vitest';
import { BOUNDS_MS, HistogramRecorder } from './histograms.ts';

const about = { namespace: 1, id: 1, key: null, shared: false } as const;

it('counts waits and holds by purpose, and passes them on in seconds', () => {
  const recorded: unknown[] = [];
  const recorder = new HistogramRecorder({
    createHistogram: (name, { unit }) => ({
      record: (value, attributes) => recorded.push({ name, unit, value, ...attributes }),
    }),
  });
  const acquired = { ...about, type: 'acquired', token: 1n, handedOver: false } as const;
  recorder.observe({ ...acquired, purpose: 'hook', waitMs: 3 });
  recorder.observe({ ...acquired, purpose: 'hook', waitMs: 1e6 });
  recorder.observe({ ...about, type: 'released', purpose: 'hook', waitMs: 3, holdMs: 0.05 });
  recorder.observe({ ...about, type: 'timeout', purpose: null, waitMs: 20 });
  const { wait, hold, boundsMs } = recorder.read();
  expect(wait).toMatchObject([{ purpose: 'hook', shared: false, count: 2, maxMs: 1e6 }]);
  expect(wait[0]?.counts[boundsMs.indexOf(5)]).toBe(1);
  expect(wait[0]?.counts[BOUNDS_MS.length]).toBe(1);
  expect(hold).toMatchObject([{ count: 1, sumMs: 0.05 }]);
  expect(hold[0]?.counts[0]).toBe(1);
  const wait1 = { name: 'advisory_lock.wait.duration', unit: 's', mode: 'exclusive' };
  expect(recorded).toEqual([
    { ...wait1, value: 0.003, purpose: 'hook', outcome: 'acquired' },
    { ...wait1, value: 1_000, purpose: 'hook', outcome: 'acquired' },
    {
      ...wait1,
      name: 'advisory_lock.hold.duration',
      value: 0.00005,
      purpose: 'hook',
      outcome: 'released',
    },
    { ...wait1, value: 0.02, outcome: 'timeout' },
  ]);
});

it('stays small when every purpose is another one', () => {
  const recorder = new HistogramRecorder();
  for (let n = 0; n < 1_000; n++)
    recorder.observe({ ...about, type: 'released', purpose: `job ${n}`, waitMs: 0, holdMs: 1 });
  const { hold } = recorder.read();
  expect(hold.length).toBe(101);
  expect(hold.find(({ purpose }) => purpose === 'other')?.count).toBe(900);
});
