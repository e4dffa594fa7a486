/** Builds what reaches into agents' terminals: part of the composition in context.ts. */
import { join } from 'node:path';
import { MODEL_PRICES } from '../domain/model-prices.ts';
import type { AgentsContext } from '../features/agents/index.ts';
import { type BridgeContext, PromptDelivery } from '../features/tmux-bridge/index.ts';
import type { Platform } from '../platform/platform.ts';

export interface BridgeParts {
  readonly context: BridgeContext;
  readonly delivery: PromptDelivery;
}

export function composeBridge(
  { settings, hostId, clock, logger: log, paths }: Platform,
  { pool, locks, announce, prices = MODEL_PRICES }: AgentsContext,
  { processes, tmux, onEntered }: Pick<BridgeContext, 'processes' | 'tmux' | 'onEntered'>,
): BridgeParts {
  const context: BridgeContext = {
    pool,
    locks,
    announce,
    prices,
    hostId,
    tmux,
    processes,
    clock,
    log,
    promptsFolder: join(paths.home, 'prompts'),
    pasteLimit: settings['promptDelivery.pasteLimit'],
    graceMs: settings['promptDelivery.graceMs'],
    startedAt: clock.now(),
    onEntered,
  };
  return {
    context,
    delivery: new PromptDelivery({
      context,
      settings,
      batch: settings['promptDelivery.batchSize'],
    }),
  };
}
