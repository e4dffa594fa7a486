/**
 * What screens say of context use, noted for the poller as the last of its three sources. Each
 * screen once, at the time at which it was first seen: what is told later is newer than it.
 */
import { type ContextSignal, type ContextSignals } from '../context/index.ts';
import type { WatchedPane } from './queries.ts';
import { paneKey, type ScreenMemory } from './screen-memory.ts';

export interface ContextNotesOptions {
  readonly hostId: string;
  readonly contextSignals: Pick<ContextSignals, 'note'>;
}

export class ContextNotes {
  private readonly options: ContextNotesOptions;
  private noted = new Set<string>();

  constructor(options: ContextNotesOptions) {
    this.options = options;
  }

  /** Notes what is new on the remembered screens of these agents. Throws the database's error. */
  async take(agents: readonly WatchedPane[], memory: ScreenMemory, at: number): Promise<void> {
    const shown = new Map<string, ContextSignal>();
    for (const { socket, pane, sessionId } of agents) {
      const key = paneKey(socket, pane);
      const look = memory.look(key, at);
      const context = look?.reading.context;
      if (!look || !context) continue;
      shown.set(`${key} ${sessionId} ${look.changedAt}`, {
        host: this.options.hostId,
        sessionId,
        source: 'screen',
        at: look.changedAt,
        shownPercent: context.usedPercent,
        usedTokens: null,
        windowTokens: null,
        model: null,
        promptId: null,
      });
    }
    const fresh = [...shown].filter(([key]) => !this.noted.has(key));
    await Promise.all(fresh.map(([, signal]) => this.options.contextSignals.note(signal)));
    this.noted = new Set(shown.keys());
  }
}
