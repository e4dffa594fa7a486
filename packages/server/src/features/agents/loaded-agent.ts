/** An agent as a section holds it: its row, its processes and its state, in memory. */
import type { CommandSummary, LaunchPurpose, PromptCounts } from '@headspace/contract';
import type { Activity } from '../../domain/activity.ts';
import type { AgentState, Command } from '../../domain/agent-state.ts';

export interface AgentProcess {
  pid: number;
  /** Empty where unknown. */
  procStart: string;
  tmuxSocket: string | null;
  tmuxPane: string | null;
  /** Milliseconds since 1970; null where no server on its host has seen it alive. */
  seenAliveAt: number | null;
  /** The process table it was seen in (`pidNamespace`); null where that has no name. */
  seenIn: string | null;
  goneAt: number | null;
  /** Changed in this section, so to be written. */
  dirty: boolean;
}

export interface Project {
  id: number;
  name: string;
  path: string;
}

export interface LoadedAgent {
  id: number;
  uuid: string;
  project: Project;
  host: string;
  kind: 'interactive' | 'print';
  sessionId: string;
  sessionIds: string[];
  handoverPromptId: string | null;
  lastStart: string | null;
  cwd: string | null;
  transcriptPath: string | null;
  model: string | null;
  persona: string | null;
  launchId: number | null;
  /** Whose work it has taken over. */
  predecessorId: number | null;
  /** Who has taken over its work: it is sealed and takes no prompts. */
  successorId: number | null;
  /** Purpose of that launch. */
  launchedFor: LaunchPurpose | null;
  tmuxSocket: string | null;
  tmuxPane: string | null;
  createdAt: number;
  lastSeenAt: number;
  /** Its queue in numbers, as of the fresh read. */
  prompts: PromptCounts;
  /** Lines of the command that its row had at the fresh read; of another one they are not known. */
  summary: CommandSummary & { commandId: number | null };
  state: AgentState;
  /** Those that are not known to be gone, and those that went in this section. */
  processes: AgentProcess[];
}

/** The JSON of an agent's row as `agentJson` (queries.ts) selects it. */
export interface AgentJson {
  id: number;
  uuid: string;
  project_id: number;
  project_name: string;
  project_path: string;
  host: string;
  kind: 'interactive' | 'print';
  session_id: string;
  session_ids: string[];
  handover_prompt_id: string | null;
  last_start: string | null;
  cwd: string | null;
  transcript_path: string | null;
  model: string | null;
  persona: string | null;
  launch_id: number | null;
  predecessor_id: number | null;
  successor_id: number | null;
  launched_for: LaunchPurpose | null;
  tmux_socket: string | null;
  tmux_pane: string | null;
  created_at: string;
  last_seen_at: string;
  ended_at: string | null;
  ended_reason: string | null;
  ended_by: 'hook' | 'inference' | 'person' | null;
  activity: Activity;
  prompts: { queued: number; in_flight: number; failed: number };
  command: CommandJson | null;
  processes: ProcessJson[] | null;
}

interface CommandJson {
  id: number;
  state: Command['state'];
  prompt: string | null;
  prompt_id: string | null;
  started_at: string;
  completed_at: string | null;
  outcome: string | null;
  output: Command['output'];
  instruction_line: string | null;
  outcome_line: string | null;
}

interface ProcessJson {
  pid: number;
  proc_start: string;
  tmux_socket: string | null;
  tmux_pane: string | null;
  seen_alive_at: string | null;
  seen_in: string | null;
}

const time = (text: string) => Date.parse(text);
const timeOrNull = (text: string | null) => (text === null ? null : Date.parse(text));

export function loadAgent(row: AgentJson): LoadedAgent {
  return {
    id: row.id,
    uuid: row.uuid,
    project: { id: row.project_id, name: row.project_name, path: row.project_path },
    host: row.host,
    kind: row.kind,
    sessionId: row.session_id,
    sessionIds: row.session_ids,
    handoverPromptId: row.handover_prompt_id,
    lastStart: row.last_start,
    cwd: row.cwd,
    transcriptPath: row.transcript_path,
    model: row.model,
    persona: row.persona,
    launchId: row.launch_id,
    predecessorId: row.predecessor_id,
    successorId: row.successor_id,
    launchedFor: row.launched_for,
    tmuxSocket: row.tmux_socket,
    tmuxPane: row.tmux_pane,
    createdAt: time(row.created_at),
    lastSeenAt: time(row.last_seen_at),
    prompts: {
      queued: row.prompts.queued,
      inFlight: row.prompts.in_flight,
      failed: row.prompts.failed,
    },
    summary: {
      commandId: row.command?.id ?? null,
      instruction: row.command?.instruction_line ?? null,
      outcome: row.command?.outcome_line ?? null,
    },
    state: loadState(row),
    processes: (row.processes ?? []).map((process) => ({
      pid: process.pid,
      procStart: process.proc_start,
      tmuxSocket: process.tmux_socket,
      tmuxPane: process.tmux_pane,
      seenAliveAt: timeOrNull(process.seen_alive_at),
      seenIn: process.seen_in,
      goneAt: null,
      dirty: false,
    })),
  };
}

/**
 * The session was open in two terminals and one of them has gone: its pane is no longer the
 * agent's. The next event from the other one brings that one's pane.
 */
export function leaveDeadPane(agent: LoadedAgent): void {
  const rest = agent.processes.filter(({ goneAt }) => goneAt === null);
  const isHere = ({ tmuxSocket, tmuxPane }: AgentProcess) =>
    tmuxSocket === agent.tmuxSocket && tmuxPane === agent.tmuxPane;
  if (rest.length === 0 || rest.some(isHere) || !agent.processes.some(isHere)) return;
  agent.tmuxSocket = null;
  agent.tmuxPane = null;
}

function loadState(row: AgentJson): AgentState {
  const { command } = row;
  return {
    activity: row.activity,
    command: command && {
      id: command.id,
      state: command.state,
      prompt: command.prompt,
      promptId: command.prompt_id,
      startedAt: time(command.started_at),
      completedAt: timeOrNull(command.completed_at),
      outcome: command.outcome,
      output: command.output,
    },
    ending:
      row.ended_at === null || row.ended_by === null
        ? null
        : { at: time(row.ended_at), reason: row.ended_reason ?? '', by: row.ended_by },
  };
}
