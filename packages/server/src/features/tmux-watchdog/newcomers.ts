/**
 * Claude Code that waits in a dialog before its first hook: whether to trust the folder, to use an
 * API key, to log in. Nothing but its screen shows it, so it becomes an agent by its process; its
 * SessionStart finds it by that process and goes on with it.
 *
 * Only tmux servers in which agents have been are looked at, and only Claude Code that shows such a
 * dialog: without hooks, a session that is past them is none of ours.
 */
import { freshActivity } from '../../domain/activity.ts';
import { applyScreen } from '../../domain/apply.ts';
import { placeholderSession } from '../../domain/placeholder-session.ts';
import type { DialogKind } from '../../domain/screen/index.ts';
import { screenFact, type ScreenFact, type ScreenTimes } from '../../domain/screen-fact.ts';
import { hasCode } from '../../platform/error-code.ts';
import type { ProcessTable, RunningProcess } from '../../platform/process-table.ts';
import type { Tmux, TmuxLook } from '../../platform/tmux/index.ts';
import {
  type AgentsContext,
  newAgent,
  nextAgentId,
  projectOf,
  withAgents,
} from '../agents/index.ts';
import { ownedPids, type WatchedPane } from './queries.ts';
import { paneKey, type ScreenMemory } from './screen-memory.ts';

export interface NewcomersOptions extends ScreenTimes {
  readonly context: AgentsContext;
  readonly hostId: string;
  readonly tmux: Pick<Tmux, 'captureMany'>;
  readonly processes: ProcessTable;
  readonly pidNamespace: string | null;
  readonly memory: ScreenMemory;
}

interface Newcomer {
  readonly socket: string;
  readonly pane: string;
  readonly process: RunningProcess;
}

/** Before these there is no session, and no hook. */
const BEFORE_START: ReadonlySet<DialogKind> = new Set(['trust', 'api-key', 'login']);
const DOUBT = 'seen only on its terminal; no hook of it has come';
/** Panes looked at in one pass. */
const LIMIT = 50;
const UNIQUE_VIOLATION = '23505';

export class Newcomers {
  private readonly options: NewcomersOptions;
  /** Processes that are past their first dialogs. */
  private started = new Set<string>();

  constructor(options: NewcomersOptions) {
    this.options = options;
  }

  /** Makes agents of those that wait; gives the keys of the panes it goes on looking at. */
  async find(
    looks: ReadonlyMap<string, TmuxLook>,
    agents: readonly WatchedPane[],
    { at, signal }: { at: number; signal: AbortSignal | undefined },
  ): Promise<string[]> {
    const unowned = await this.unowned(looks, agents);
    this.started = new Set([...this.started].filter((known) => unowned.all.has(known)));
    for (const [socket, some] of Map.groupBy(unowned.fresh, (each) => each.socket)) {
      const ids = some.map(({ pane }) => pane);
      const screens = await this.options.tmux.captureMany(socket, ids, {
        escapes: true,
        ...(signal === undefined ? {} : { signal }),
      });
      if (screens instanceof Map)
        for (const each of some) await this.take(each, looks, screens, at);
    }
    return unowned.fresh.map(({ socket, pane }) => paneKey(socket, pane));
  }

  /** Claude Code in panes, and as processes, that belong to no living agent. */
  private async unowned(looks: ReadonlyMap<string, TmuxLook>, agents: readonly WatchedPane[]) {
    const owned = new Set(agents.map(({ socket, pane }) => paneKey(socket, pane)));
    const candidates: { socket: string; pane: string; pid: number }[] = [];
    for (const [socket, look] of looks) {
      if (look.kind !== 'running') continue;
      for (const { id, pid, command } of look.panes.values()) {
        if (command === 'claude' && !owned.has(paneKey(socket, id))) {
          candidates.push({ socket, pane: id, pid });
        }
      }
    }
    if (candidates.length === 0) return { all: new Set<string>(), fresh: [] };
    const table = this.options.processes.look();
    const found = candidates.flatMap(({ socket, pane, pid }): Newcomer[] => {
      const process = table.tree(pid)?.find(({ command }) => command === 'claude');
      return process === undefined ? [] : [{ socket, pane, process }];
    });
    const { context, hostId } = this.options;
    const known = await ownedPids(
      context.pool,
      hostId,
      found.map(({ process }) => process.pid),
    );
    const fresh = found.filter(
      ({ process }) => !known.has(process.pid) && !this.started.has(processKey(process)),
    );
    return {
      all: new Set(found.map(({ process }) => processKey(process))),
      fresh: fresh.slice(0, LIMIT),
    };
  }

  private async take(
    newcomer: Newcomer,
    looks: ReadonlyMap<string, TmuxLook>,
    screens: ReadonlyMap<string, string>,
    at: number,
  ): Promise<void> {
    const { socket, pane, process } = newcomer;
    const look = looks.get(socket);
    const info = look?.kind === 'running' ? look.panes.get(pane) : undefined;
    const text = screens.get(pane);
    if (info === undefined || text === undefined) return;
    const { memory } = this.options;
    const key = paneKey(socket, pane);
    memory.captured(key, info, text, at);
    const seen = memory.look(key, at);
    if (seen === null) return;
    if (seen.reading.surface === 'prompt-box') this.started.add(processKey(process));
    const kind = seen.reading.dialog?.kind;
    const fact = screenFact(seen, freshActivity(at), this.options);
    if (fact === null || kind === undefined || !BEFORE_START.has(kind)) return;
    await this.create(newcomer, fact, at).catch((error: unknown) => {
      // Its first hook, or another server, was quicker: the pane or the session has its agent.
      if (!hasCode(error, UNIQUE_VIOLATION)) throw error;
    });
  }

  private async create({ socket, pane, process }: Newcomer, fact: ScreenFact, at: number) {
    const { context, hostId, processes, pidNamespace } = this.options;
    const folder = processes.folder(process.pid);
    if (folder === null) return;
    const project = await projectOf(context.pool, hostId, folder);
    const id = await nextAgentId(context.pool);
    const purpose = 'Claude Code before its first hook';
    await withAgents(context, [id], { purpose }, async (section) => {
      const agent = newAgent(id, {
        project,
        host: hostId,
        kind: 'interactive',
        sessionId: placeholderSession(process.pid, process.procStart),
        handoverPromptId: null,
        lastStart: null,
        cwd: folder,
        transcriptPath: null,
        model: null,
        tmuxSocket: socket,
        tmuxPane: pane,
        createdAt: at,
        state: { activity: { ...freshActivity(at), doubt: DOUBT }, command: null, ending: null },
      });
      agent.processes.push({
        pid: process.pid,
        procStart: process.procStart,
        tmuxSocket: socket,
        tmuxPane: pane,
        seenAliveAt: at,
        seenIn: pidNamespace,
        goneAt: null,
        dirty: true,
      });
      section.agents.set(id, agent);
      section.apply(agent, (state, apply) => applyScreen(state, fact, at, apply));
      await section.persist();
    });
  }
}

const processKey = ({ pid, procStart }: RunningProcess): string => `${pid} ${procStart}`;
