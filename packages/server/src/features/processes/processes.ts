/**
 * Ends agents whose process is gone: the only witness of kill -9. Only what a server on the
 * process's own host has once seen alive can be seen gone.
 */
import { applyEnding } from '../../domain/apply.ts';
import type { ProcessTable } from '../../platform/process-table.ts';
import {
  type AgentsContext,
  leaveDeadPane,
  type Section,
  withAgentOrSkip,
  witness,
} from '../agents/index.ts';

export interface ProcessWatchOptions {
  context: AgentsContext;
  hostId: string;
  processes: ProcessTable;
  now: () => number;
}

interface WatchedProcess {
  agent_id: number;
  pid: number;
  proc_start: string;
}

export class ProcessWatch {
  private readonly options: ProcessWatchOptions;
  /** Found gone once; a second look confirms, so that a SessionEnd on its way comes first. */
  private suspects = new Set<string>();

  constructor(options: ProcessWatchOptions) {
    this.options = options;
  }

  /** One look at all processes of living agents of this host. */
  async tick(signal?: AbortSignal): Promise<void> {
    const { processes } = this.options;
    const gone = (await this.watched()).filter(
      ({ pid, proc_start: start }) => processes.presence(pid, start) === 'absent',
    );
    const suspects = new Set<string>();
    for (const process of gone) {
      if (signal?.aborted === true) return;
      const key = `${process.agent_id} ${process.pid} ${process.proc_start}`;
      if (!this.suspects.has(key)) suspects.add(key);
      else await this.end(process, `its process (pid ${process.pid}) is gone`);
    }
    this.suspects = suspects;
  }

  /**
   * A session file was removed and no process of that pid runs: for a process in another pid
   * namespace, which the process table never showed, this is the only sign of its end.
   */
  async fileGone(file: { pid: number; sessionId: string }): Promise<void> {
    const { rows } = await this.options.context.pool.query<{ id: number; proc_start: string }>(
      `select a.id, x.proc_start from agents a
       left join agent_processes x on x.agent_id = a.id and x.pid = $2 and x.gone_at is null
       where a.host = $1 and a.ended_at is null and a.session_id = $3`,
      [this.options.hostId, file.pid, file.sessionId],
    );
    for (const row of rows) {
      await this.end(
        { agent_id: row.id, pid: file.pid, proc_start: row.proc_start },
        'its session file is gone and so is its process',
      );
    }
  }

  private async watched(): Promise<WatchedProcess[]> {
    const { rows } = await this.options.context.pool.query<WatchedProcess>({
      name: 'watched-processes',
      text: `select x.agent_id, x.pid, x.proc_start from agent_processes x
        join agents a on a.id = x.agent_id and a.ended_at is null
        where x.host = $1 and x.gone_at is null and x.seen_alive_at is not null`,
      values: [this.options.hostId],
    });
    return rows;
  }

  private async end(process: WatchedProcess, reason: string): Promise<void> {
    const { context } = this.options;
    const purpose = `process ${process.pid} gone`;
    await withAgentOrSkip(context, process.agent_id, { purpose }, (section) =>
      this.endInside(section, process, reason),
    );
  }

  private async endInside(
    section: Section,
    process: WatchedProcess,
    reason: string,
  ): Promise<void> {
    const agent = section.agents.get(process.agent_id);
    if (agent === undefined || agent.state.ending !== null) return;
    const now = this.options.now();
    const known = agent.processes.find(
      ({ pid, procStart }) => pid === process.pid && procStart === process.proc_start,
    );
    if (known !== undefined) {
      known.goneAt = now;
      known.dirty = true;
    }
    leaveDeadPane(agent);
    // The same session may be open in a second terminal.
    if (!agent.processes.some(({ goneAt }) => goneAt === null)) {
      const ending = { at: now, reason, by: 'inference' as const };
      section.apply(agent, (state, apply) =>
        applyEnding(state, ending, witness('process', reason, now), apply),
      );
    }
    await section.persist();
  }
}
