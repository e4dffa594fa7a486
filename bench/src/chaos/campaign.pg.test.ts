/** A short campaign with every fault once; long ones are `npm run chaos`. */
import { expect, test } from 'vitest';
import { runCampaign } from './campaign.ts';
import { FAULTS } from './faults.ts';

test('whatever breaks, what was answered is applied once, in order, and told', async () => {
  const kinds = Object.keys(FAULTS);
  const result = await runCampaign({ seed: 1, kinds, onFault: () => undefined });
  expect(result.violations).toEqual([]);
  expect(result.faults).toEqual(Object.fromEntries(kinds.map((kind) => [kind, 1])));
  expect(result.hooks).toBeGreaterThan(100);
}, 240_000);
