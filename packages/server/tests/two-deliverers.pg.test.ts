/** Two server processes of one host deliver from the same queue into a real terminal. */
import { waitUntil } from '@headspace/testkit/wait-until';
import { expect, test } from 'vitest';
import type { IntervalService } from '../src/services/runner/index.ts';
import { openBridgeWorld } from './testing/bridge-world.ts';

const PROMPTS = Array.from({ length: 12 }, (_, n) => `prompt ${n}`);

test('each prompt arrives once and in order, whoever is quicker', async () => {
  await using world = await openBridgeWorld({ servers: 2 });
  const { desk, agentId, hooks } = world;
  const deliverers = hooks.servers.map(({ context }) => {
    const service = context.services.find(({ name }) => name === 'prompt-delivery');
    if (service === undefined) throw new Error('nobody delivers');
    return service as IntervalService;
  });
  for (const text of PROMPTS) await world.prompt(text);
  let told = 0;
  await waitUntil(
    async () => {
      await Promise.all(deliverers.map(async (service) => service.tick()));
      const submitted = await world.submitted();
      // As Claude Code tells of what it was given.
      for (; told < submitted.length; told++) {
        const prompt_id = `p${told}`;
        await world.hook('UserPromptSubmit', { prompt: submitted[told], prompt_id });
        await world.hook('Stop', { prompt_id, last_assistant_message: 'done' });
      }
      return (await desk.list(agentId)).every(({ state }) => state === 'accepted');
    },
    { what: 'every prompt accepted' },
  );
  expect(await world.submitted()).toEqual(PROMPTS);
});
