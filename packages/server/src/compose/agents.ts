/** Builds everything about agents, and who tells whom: part of the composition in context.ts. */
import { pricesIn, type Settings } from '@headspace/contract';
import type { FastifyPluginAsync } from 'fastify';
import type { Prices } from '../domain/cost.ts';
import { MODEL_PRICES } from '../domain/model-prices.ts';
import { agentRoutes, type AgentsContext } from '../features/agents/index.ts';
import { approvalRoutes } from '../features/approvals/index.ts';
import { contextRoutes } from '../features/context/index.ts';
import { dismissalRoutes } from '../features/dismissal/index.ts';
import type { Events } from '../features/events/index.ts';
import { handoffRoutes, type HandoffContext } from '../features/handoff/index.ts';
import {
  createHooks,
  hookRoutes,
  listHookEvents,
  type Hooks,
  type HooksContext,
} from '../features/hooks/index.ts';
import { launchRoutes, type LaunchesContext } from '../features/launches/index.ts';
import { personaRoutes, type PersonasContext } from '../features/personas/index.ts';
import { promptRoutes, type PromptsContext } from '../features/prompts/index.ts';
import { doubtSilent } from '../features/silence/index.ts';
import { terminalRoutes } from '../features/tmux-bridge/index.ts';
import { transcriptRoutes } from '../features/transcripts/index.ts';
import type { Platform } from '../platform/platform.ts';
import { pidNamespace, processTable, type ProcessTable } from '../platform/process-table.ts';
import { createTmux } from '../platform/tmux/index.ts';
import { type BridgeParts, composeBridge } from './bridge.ts';
import { composeHandoffs } from './handoffs.ts';
import { composeLaunches } from './launches.ts';
import { atHooks, personasContext } from './personas.ts';
import { composeEvidence, type Evidence, type Machine } from './evidence.ts';

export interface AgentsParts extends Evidence {
  /** For everybody else who changes agents. */
  readonly context: AgentsContext;
  readonly hooks: Hooks;
  readonly bridge: BridgeParts;
  readonly launches: LaunchesContext;
  readonly personas: PersonasContext;
  readonly handoffs: HandoffContext;
  readonly prompts: PromptsContext;
  readonly doubtSilent: (signal: AbortSignal) => Promise<void>;
  readonly routes: readonly FastifyPluginAsync[];
}

export interface AgentsOptions {
  /** Whether this process applies what is seen on its host. */
  readonly leadsHost: () => boolean;
  /** What tests put in the place of the machine. */
  readonly machine?: Partial<Machine>;
}

export function composeAgents(
  platform: Platform,
  events: Events,
  { leadsHost, machine }: AgentsOptions,
): AgentsParts {
  const { settings, clock } = platform;
  const processes = machine?.processes ?? processTable;
  const tmux = machine?.tmux ?? createTmux({ timeoutMs: settings['tmux.timeoutMs'] });
  const context: HooksContext = {
    ...hooksContext(platform, processes),
    announce: () => {
      events.nudge();
      bridge.delivery.poke();
    },
    sessionFileAlive: (sessionId) => evidence.sessionWatcher.isAlive(sessionId),
    onApplied: (agents) => {
      for (const agent of agents) {
        evidence.transcripts.notice(agent);
        bridge.delivery.wake(agent.id);
      }
    },
    ...atHooks(() => personas),
  };
  const evidence = composeEvidence(platform, context, { processes, tmux }, leadsHost);
  const bridge = composeBridge(platform, context, {
    processes,
    tmux,
    onEntered: (agent) => evidence.transcripts.expectEntry(agent),
  });
  const onQueued = (id: number): void => bridge.delivery.notice(id);
  const prompts = promptsContext(platform, context, onQueued);
  const personas = personasContext(platform, context, onQueued);
  const launches = composeLaunches(platform, context, { tmux, personas });
  const handoffs = composeHandoffs(platform, context, launches, onQueued);
  const hooks = createHooks({ context, settings, now: clock.now });
  const sessionFileAlive = context.sessionFileAlive;
  return {
    ...evidence,
    context,
    hooks,
    bridge,
    launches,
    personas,
    handoffs,
    prompts,
    doubtSilent: (signal) => doubtSilent({ context, now: clock.now, signal, sessionFileAlive }),
    routes: [
      ...routesOf(platform, events, { context, hooks, bridge, prompts, evidence }),
      launchRoutes(launches),
      personaRoutes(personas),
      handoffRoutes(handoffs),
    ],
  };
}

function hooksContext(
  { pool, locks, hostId, processId, settings, clock, logger: log }: Platform,
  processes: ProcessTable,
): Omit<HooksContext, 'announce' | 'sessionFileAlive' | 'onApplied'> {
  return {
    pool,
    locks,
    hostId,
    processId,
    processes,
    pidNamespace: pidNamespace(),
    maxTries: settings['hooks.maxTries'],
    now: clock.now,
    log,
    prices: pricesOf(settings),
  };
}

interface RoutesParts {
  readonly context: HooksContext;
  readonly hooks: Hooks;
  readonly bridge: BridgeParts;
  readonly prompts: PromptsContext;
  readonly evidence: Evidence;
}

function routesOf(
  platform: Platform,
  events: Events,
  { context, hooks, bridge, prompts, evidence: { contextSignals: signals } }: RoutesParts,
): FastifyPluginAsync[] {
  const { pool, settings, hostId, clock } = platform;
  const { now } = clock;
  return [
    hookRoutes({ hooks, pool, maxBodyBytes: settings['hooks.maxBodyBytes'], now }),
    transcriptRoutes({ pool, prices: pricesOf(settings) }),
    contextRoutes({ signals, hostId, now }),
    promptRoutes(prompts),
    terminalRoutes(bridge.context),
    approvalRoutes(bridge.context),
    dismissalRoutes({ context, now }),
    agentRoutesOf(platform, events),
  ];
}

function promptsContext(
  { settings, hostId, clock }: Platform,
  { pool, locks, announce }: HooksContext,
  onQueued: PromptsContext['onQueued'],
): PromptsContext {
  return {
    pool,
    locks,
    announce,
    prices: pricesOf(settings),
    hostId,
    now: clock.now,
    settings,
    onQueued,
  };
}

function agentRoutesOf({ pool, settings }: Platform, events: Events): FastifyPluginAsync {
  return agentRoutes({
    pool,
    prices: pricesOf(settings),
    streamHead: async () => Number(await events.cursor()),
    listEvents: (agentId, page) =>
      listHookEvents(pool, {
        agentId,
        limit: page.limit,
        ...(page.before === null ? {} : { before: page.before }),
      }),
  });
}

/** The list prices, and those of the user over them. */
export const pricesOf = (settings: Settings): Prices => ({
  ...MODEL_PRICES,
  ...pricesIn(settings['costs.prices']),
});
