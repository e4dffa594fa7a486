/**
 * Ends agents whose session is gone without a word: kill -9, a closed terminal, a container that
 * was stopped, a machine that was started anew.
 *
 *   all processes, one look ─► suspects ─► tmux and files, one look ─► verdict (domain/liveness.ts)
 *        ─► per agent: lock or skip ─► nothing newer? the same verdict on the fresh row ─► end
 *
 * Only evidence of this machine counts, so only agents of its host are judged. What is remembered
 * between passes (since when something is missing) can be lost: the times then start anew.
 */
import type { Logger } from 'pino';
import { applyEnding } from '../../domain/apply.ts';
import { judge, type Judgement, type Suspicion, WITNESS_SOURCES } from '../../domain/liveness.ts';
import {
  type AgentsContext,
  findAgents,
  leaveDeadPane,
  loadAgent,
  type LoadedAgent,
  type Section,
  withAgentOrSkip,
  witness,
} from '../agents/index.ts';
import type { SessionFile } from '../session-files/index.ts';
import {
  hasPendingEvents,
  transcriptGrowth,
  unwatchedAgents,
  watchedProcesses,
} from './queries.ts';
import {
  lastSignOf,
  type Snapshot,
  type SnapshotSources,
  takeSnapshot,
  testimoniesOf,
} from './snapshot.ts';

export interface AgentReaperOptions extends Omit<SnapshotSources, 'vanished'> {
  readonly context: AgentsContext;
  readonly hostId: string;
  readonly log: Pick<Logger, 'warn' | 'info'>;
  /** Agents judged in one pass; the rest comes in the next. */
  readonly batch: number;
  /** Pause between looks at agents without a process that can be watched. */
  readonly unwatchedIntervalMs: number;
}

/** Session files that were seen to vanish; more than this at once are not remembered. */
const VANISHED_LIMIT = 1_000;

export class AgentReaper {
  private readonly options: AgentReaperOptions;
  private readonly suspicions = new Map<number, Suspicion>();
  private readonly vanished = new Set<string>();
  private unwatchedAt = Number.NEGATIVE_INFINITY;
  /** Id of the last unwatched agent that this round has looked at; 0 between rounds. */
  private unwatchedUpTo = 0;

  constructor(options: AgentReaperOptions) {
    this.options = options;
  }

  /** Claude Code has removed this file, and no process of it is seen. */
  fileGone({ sessionId }: Pick<SessionFile, 'sessionId'>): void {
    if (this.vanished.size >= VANISHED_LIMIT) this.vanished.clear();
    this.vanished.add(sessionId);
  }

  /** One look at all agents of this host. */
  async tick(signal?: AbortSignal): Promise<void> {
    const ids = await this.suspects();
    const agents = await this.load(ids);
    if (agents.length === 0) return;
    const sockets = agents.flatMap(({ tmuxSocket }) => tmuxSocket || []);
    const sources = { ...this.options, vanished: this.vanished };
    const snapshot = await takeSnapshot(sources, sockets, signal);
    const growth = await transcriptGrowth(this.options.context.pool, ids);
    let failure: unknown;
    let failures = 0;
    for (const agent of agents) {
      if (signal?.aborted === true) return;
      try {
        const suspicion = this.suspicions.get(agent.id) ?? {};
        await this.judge(agent, { snapshot, suspicion, grewAt: growth.get(agent.id) ?? 0 });
      } catch (error) {
        failures += 1;
        failure = error;
        this.options.log.warn({ err: error, agentId: agent.id }, 'an agent could not be judged');
      }
    }
    // One that fails leaves the others alone; where all do, the pass itself has failed.
    if (failures === agents.length) throw failure;
  }

  /** Agents of which something is missing, and in longer pauses those that cannot be watched. */
  private async suspects(): Promise<number[]> {
    const { context, hostId, processes, table, batch, unwatchedIntervalMs } = this.options;
    const watched = await watchedProcesses(context.pool, hostId, table.name);
    const look = processes.look();
    const ids = new Set(
      watched
        .filter(({ pid, proc_start: start }) => look.presence(pid, start) === 'absent')
        .map(({ agent_id: id }) => id),
    );
    const now = this.options.now();
    if (now - this.unwatchedAt >= unwatchedIntervalMs) {
      const unwatched = await unwatchedAgents(context.pool, hostId, table.name);
      const all = new Set([...ids, ...unwatched]);
      for (const id of this.suspicions.keys()) if (!all.has(id)) this.suspicions.delete(id);
      // More than a batch: the next pass goes on where this one stops.
      const rest = unwatched.filter((id) => id > this.unwatchedUpTo);
      const some = rest.slice(0, Math.max(1, batch - ids.size));
      const isLast = some.length === rest.length;
      this.unwatchedUpTo = isLast ? 0 : (some.at(-1) ?? 0);
      if (isLast) this.unwatchedAt = now;
      return [...[...ids].slice(0, batch), ...some];
    }
    return [...ids].slice(0, batch);
  }

  private async load(ids: number[]): Promise<LoadedAgent[]> {
    if (ids.length === 0) return [];
    const rows = await findAgents(this.options.context.pool, ids);
    return rows
      .map(loadAgent)
      .filter(({ host, state }) => host === this.options.hostId && state.ending === null);
  }

  private async judge(agent: LoadedAgent, case_: Case): Promise<void> {
    const judgement = judgementOf(agent, case_);
    if (Object.keys(judgement.suspicion).length === 0) this.suspicions.delete(agent.id);
    else this.suspicions.set(agent.id, judgement.suspicion);
    if (!changesAnything(judgement)) return;
    const purpose = judgement.proof[0]?.sentence ?? 'one of its processes is gone';
    await withAgentOrSkip(this.options.context, agent.id, { purpose }, (section) =>
      this.judgeInside(section, agent.id, case_),
    );
  }

  /** Once more, on the fresh row: since the look a hook or another process may have come. */
  private async judgeInside(section: Section, id: number, case_: Case): Promise<void> {
    const agent = section.agents.get(id);
    if (agent === undefined || agent.state.ending !== null) return;
    // A sign that is newer than the look makes every suspicion new, see `judge`.
    const judgement = judgementOf(agent, case_);
    if (!changesAnything(judgement)) return;
    if (await this.hasMoreToSay(agent)) return;
    const now = this.options.now();
    for (const process of agent.processes) {
      if (!judgement.gonePids.includes(process.pid)) continue;
      process.goneAt = now;
      process.dirty = true;
    }
    leaveDeadPane(agent);
    if (judgement.verdict === 'gone') this.end(section, agent, judgement, now);
    await section.persist();
  }

  private end(section: Section, agent: LoadedAgent, { proof }: Judgement, now: number): void {
    const reason = proof[0]?.sentence ?? 'it is gone';
    const ending = { at: now, reason, by: 'inference' as const };
    const witnesses = proof.map((testimony) =>
      witness(WITNESS_SOURCES[testimony.witness], testimony.sentence, now),
    );
    section.apply(agent, (state, apply) => applyEnding(state, ending, witnesses, apply));
    this.vanished.delete(agent.sessionId);
    this.options.log.info(
      { agentId: agent.id, proof: proof.map((t) => t.sentence) },
      'agent ended',
    );
  }

  private async hasMoreToSay(agent: LoadedAgent): Promise<boolean> {
    const { context, hostId } = this.options;
    const pids = agent.processes.map(({ pid }) => pid);
    return await hasPendingEvents(context.pool, hostId, agent.sessionIds.slice(-8), pids);
  }
}

interface Case {
  readonly snapshot: Snapshot;
  readonly suspicion: Suspicion;
  /** When its transcript last grew. */
  readonly grewAt: number;
}

function judgementOf(agent: LoadedAgent, { snapshot, suspicion, grewAt }: Case): Judgement {
  return judge(testimoniesOf(agent, snapshot), {
    suspicion,
    lastSignAt: Math.max(lastSignOf(agent), grewAt),
    now: snapshot.at,
  });
}

function changesAnything({ verdict, gonePids }: Judgement): boolean {
  return verdict === 'gone' || gonePids.length > 0;
}
