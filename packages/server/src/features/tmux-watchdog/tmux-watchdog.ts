/**
 * Looks at the terminals of this host's agents and makes evidence of what no better witness tells.
 *
 *   panes of each tmux server, one call ─► those written to: captured, many in one call ─► read
 *        ─► fact (domain/screen-fact.ts) ─► news? ─► per agent: lock or skip, the same on fresh
 *           facts ─► written
 *
 * tmux is asked outside of every lock, agents without news are never locked, and no pane is ever
 * given to another agent.
 */
import type { Logger } from 'pino';
import { applyScreen } from '../../domain/apply.ts';
import {
  changesScreen,
  newestWord,
  noPaneFact,
  type ScreenContext,
  type ScreenFact,
  screenFact,
  type ScreenLook,
  type ScreenTimes,
} from '../../domain/screen-fact.ts';
import type { PaneInfo, Tmux, TmuxLook } from '../../platform/tmux/index.ts';
import { type AgentsContext, type Section, withAgentOrSkip } from '../agents/index.ts';
import { ContextNotes, type ContextNotesOptions } from './context-notes.ts';
import { Newcomers, type NewcomersOptions } from './newcomers.ts';
import { knownSockets, type WatchedPane, watchedPanes } from './queries.ts';
import { paneKey, ScreenMemory } from './screen-memory.ts';

export interface TmuxWatchdogOptions
  extends Omit<NewcomersOptions, 'memory'>, ContextNotesOptions, ScreenTimes {
  readonly context: AgentsContext;
  readonly hostId: string;
  readonly tmux: Pick<Tmux, 'look' | 'captureMany'>;
  readonly now: () => number;
  readonly log: Pick<Logger, 'warn' | 'info'>;
  /** Screens read in one pass; the rest comes in the next. */
  readonly batch: number;
}

/** An agent at work writes all the time, and its hooks tell most of it. */
const AT_WORK_PAUSE_MS = 10_000;
/** Who has just been heard of needs no look at its screen. */
const JUST_HEARD_MS = 1_500;

/** What a pass knows of one pane. */
type Seen =
  | { readonly kind: 'screen'; readonly pane: PaneInfo }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unknown' };

export class TmuxWatchdog {
  private readonly options: TmuxWatchdogOptions;
  private readonly memory = new ScreenMemory();
  private readonly newcomers: Newcomers;
  private readonly contextNotes: ContextNotes;
  /** Panes that were missing in the pass before. */
  private missing = new Set<string>();

  constructor(options: TmuxWatchdogOptions) {
    this.options = options;
    this.newcomers = new Newcomers({ ...options, memory: this.memory });
    this.contextNotes = new ContextNotes(options);
  }

  /** One look at all terminals in which agents of this host are, or were of late. */
  async tick(signal?: AbortSignal): Promise<void> {
    const { context, hostId, now } = this.options;
    const at = now();
    const agents = await watchedPanes(context.pool, hostId);
    const sockets = await knownSockets(context.pool, hostId);
    const looks = await this.lookAll(sockets, signal);
    const fresh = await this.newcomers.find(looks, agents, { at, signal });
    await this.capture(agents, looks, { at, signal });
    await this.contextNotes.take(agents, this.memory, at);
    const missing = new Set<string>();
    let failure: unknown;
    let failures = 0;
    for (const agent of agents) {
      if (signal?.aborted === true) return;
      const key = paneKey(agent.socket, agent.pane);
      const seen = seenOf(agent, looks);
      if (seen.kind === 'missing') missing.add(key);
      try {
        await this.judge(agent, seen, at);
      } catch (error) {
        failures += 1;
        failure = error;
        this.options.log.warn({ err: error, agentId: agent.id }, 'a screen could not be judged');
      }
    }
    this.missing = missing;
    const kept = agents.map(({ socket, pane }) => paneKey(socket, pane));
    this.memory.keepOnly(new Set([...kept, ...fresh]));
    // One that fails leaves the others alone; where all do, the pass itself has failed.
    if (failures > 0 && failures === agents.length) throw failure;
  }

  private async lookAll(
    sockets: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<Map<string, TmuxLook>> {
    const looks = sockets.map(
      async (socket) => [socket, await this.options.tmux.look(socket, signal)] as const,
    );
    return new Map(await Promise.all(looks));
  }

  /** Captures the screens that can have news, all of a server together. */
  private async capture(
    agents: readonly WatchedPane[],
    looks: ReadonlyMap<string, TmuxLook>,
    { at, signal }: { at: number; signal: AbortSignal | undefined },
  ): Promise<void> {
    const wanted = agents.filter((agent) => {
      const seen = seenOf(agent, looks);
      if (seen.kind !== 'screen' || at - newestWord(agent) < JUST_HEARD_MS) return false;
      const pauseMs = agent.turn === 'running' ? AT_WORK_PAUSE_MS : 0;
      return this.memory.wantsCapture(paneKey(agent.socket, agent.pane), seen.pane, {
        at,
        pauseMs,
      });
    });
    const age = ({ socket, pane }: WatchedPane) => this.memory.capturedAt(paneKey(socket, pane));
    // Where there are more than a batch, those come first that have waited longest.
    const some = wanted.toSorted((a, b) => age(a) - age(b)).slice(0, this.options.batch);
    const bySocket = Map.groupBy(some, ({ socket }) => socket);
    for (const [socket, own] of bySocket) {
      const look = looks.get(socket);
      const ids = own.map(({ pane }) => pane);
      const screens = await this.options.tmux.captureMany(socket, ids, {
        escapes: true,
        ...(signal === undefined ? {} : { signal }),
      });
      if (look?.kind !== 'running' || !(screens instanceof Map)) continue;
      for (const [id, text] of screens) {
        const pane = look.panes.get(id);
        if (pane !== undefined) this.memory.captured(paneKey(socket, id), pane, text, at);
      }
    }
  }

  private async judge(agent: WatchedPane, seen: Seen, at: number): Promise<void> {
    const decide = this.decision(agent, seen, at);
    if (decide === null) return;
    const fact = decide(agent);
    if (!changesScreen(agent, fact)) return;
    const purpose = fact === null ? 'screen: nothing of note' : `screen: ${fact.kind}`;
    await withAgentOrSkip(this.options.context, agent.id, { purpose }, (section) =>
      this.judgeInside(section, agent, { decide, at }),
    );
  }

  /** What the look says, to be weighed against an agent's facts; null where it says nothing. */
  private decision(
    { socket, pane, hasProcess }: WatchedPane,
    seen: Seen,
    at: number,
  ): ((facts: ScreenContext) => ScreenFact | null) | null {
    const key = paneKey(socket, pane);
    switch (seen.kind) {
      case 'unknown':
        return null;
      case 'missing':
        // Where the process is gone too, the reaper ends the agent before the second look.
        return hasProcess && this.missing.has(key) ? () => noPaneFact(pane, at) : null;
      case 'screen': {
        const look: ScreenLook | null = this.memory.look(key, at);
        return look && ((facts) => screenFact(look, facts, this.options));
      }
    }
  }

  /** Once more, on the fresh facts: since the look a hook may have told of it, or the pane changed hands. */
  private async judgeInside(
    section: Section,
    { id, socket, pane }: WatchedPane,
    { decide, at }: { decide: (facts: ScreenContext) => ScreenFact | null; at: number },
  ): Promise<void> {
    const agent = section.agents.get(id);
    if (agent === undefined || agent.state.ending !== null) return;
    if (agent.tmuxSocket !== socket || agent.tmuxPane !== pane) return;
    const { activity } = agent.state;
    if (newestWord(activity) >= at) return;
    const fact = decide(activity);
    if (!changesScreen(activity, fact)) return;
    section.apply(agent, (state, apply) => applyScreen(state, fact, at, apply));
    await section.persist();
  }
}

function seenOf({ socket, pane }: WatchedPane, looks: ReadonlyMap<string, TmuxLook>): Seen {
  const look = looks.get(socket);
  if (look?.kind !== 'running') return { kind: look?.kind === 'absent' ? 'missing' : 'unknown' };
  const info = look.panes.get(pane);
  return info === undefined ? { kind: 'missing' } : { kind: 'screen', pane: info };
}
