/** What a section has changed, and its rows as `PERSIST` (persist.ts) takes them. Pure. */
import type {
  AgentState,
  Command,
  NewJob,
  NewTransition,
  NewTurn,
} from '../../domain/agent-state.ts';
import type { NewPrompt, PromptChange } from '../../domain/delivery.ts';
import type { LoadedAgent } from './loaded-agent.ts';
import type { Tokens } from './queries.ts';

export interface AppliedEvent {
  id: number;
  status: 'applied' | 'recorded';
  agentId: number;
  outcome: string;
}

export interface SectionWrites {
  agents: LoadedAgent[];
  commands: { agentId: number; command: Command }[];
  turns: { agentId: number; turn: NewTurn }[];
  transitions: { agentId: number; transition: NewTransition }[];
  newPrompts: { agentId: number; prompt: NewPrompt }[];
  /** One for each prompt. */
  promptChanges: { agentId: number; change: PromptChange }[];
  outbox: { type: string; agentId: number; message: string }[];
  events: AppliedEvent[];
  jobs: NewJob[];
}

const iso = (ms: number) => new Date(ms).toISOString();
const isoOrNull = (ms: number | null) => (ms === null ? null : iso(ms));

export function agentRow(agent: LoadedAgent, tokens: Tokens) {
  const { ending, command, activity }: AgentState = agent.state;
  return {
    id: agent.id,
    uuid: agent.uuid,
    project_id: agent.project.id,
    host: agent.host,
    fence: String(tokens.get(agent.id)),
    kind: agent.kind,
    session_id: agent.sessionId,
    session_ids: agent.sessionIds,
    handover_prompt_id: agent.handoverPromptId,
    last_start: agent.lastStart,
    cwd: agent.cwd,
    transcript_path: agent.transcriptPath,
    model: agent.model,
    persona: agent.persona,
    launch_id: agent.launchId,
    predecessor_id: agent.predecessorId,
    successor_id: agent.successorId,
    tmux_socket: agent.tmuxSocket,
    tmux_pane: agent.tmuxPane,
    command_id: command?.id ?? null,
    activity,
    created_at: iso(agent.createdAt),
    last_seen_at: iso(agent.lastSeenAt),
    ended_at: isoOrNull(ending?.at ?? null),
    ended_reason: ending?.reason ?? null,
    ended_by: ending?.by ?? null,
  };
}

export function processRows(agent: LoadedAgent) {
  return agent.processes
    .filter(({ dirty }) => dirty)
    .map((process) => ({
      agent_id: agent.id,
      host: agent.host,
      pid: process.pid,
      proc_start: process.procStart,
      tmux_socket: process.tmuxSocket,
      tmux_pane: process.tmuxPane,
      seen_alive_at: isoOrNull(process.seenAliveAt),
      gone_at: isoOrNull(process.goneAt),
      seen_in: process.seenIn,
    }));
}

export function commandRow(agentId: number, command: Command) {
  return {
    id: command.id,
    agent_id: agentId,
    state: command.state,
    prompt: command.prompt,
    prompt_id: command.promptId,
    started_at: iso(command.startedAt),
    completed_at: isoOrNull(command.completedAt),
    outcome: command.outcome,
    output: command.output,
  };
}

export function newPromptRow({ agentId, prompt }: SectionWrites['newPrompts'][number]) {
  return { ...prompt, agent_id: agentId, at: iso(prompt.at) };
}

export function promptRow({ agentId, change }: SectionWrites['promptChanges'][number]) {
  return {
    id: change.id,
    agent_id: agentId,
    from_states: change.from,
    to_state: change.to,
    at: iso(change.at),
    reason: change.reason,
    accepted_by: change.acceptedBy ?? null,
    body: change.body ?? null,
    kind: change.kind ?? null,
    position: change.position ?? null,
    sets_file: change.file !== undefined,
    file: change.file ?? null,
    revisions: change.body === undefined && change.kind === undefined ? 0 : 1,
    attempts: change.attempts === true ? 1 : 0,
  };
}

/** The proof of an arrival is read again after a crash; everything else about prompts is not. */
export function needsDisk({ newPrompts, promptChanges }: SectionWrites): boolean {
  return newPrompts.length > 0 || promptChanges.some(({ change }) => change.to !== 'accepted');
}

export function turnRows(turns: SectionWrites['turns']) {
  const keys = new Set<string>();
  const seen = new Map<string, number>();
  return turns.flatMap(({ agentId, turn }) => {
    if (keys.size === keys.add(`${agentId} ${turn.key}`).size) return [];
    const kin = `${agentId} ${turn.promptId} ${turn.match}`;
    const rank = seen.get(kin) ?? 0;
    seen.set(kin, rank + 1);
    const row = {
      agent_id: agentId,
      command_id: turn.commandId,
      actor: turn.actor,
      kind: turn.kind,
      body: turn.text,
      happened_at: iso(turn.at),
      turn_key: turn.key,
      prompt_id: turn.promptId,
      match_key: turn.match,
      // Which of several alike entries it is: each can be one hook's only.
      rank,
    };
    return [row];
  });
}

export function transitionRow({ agentId, transition }: SectionWrites['transitions'][number]) {
  return {
    id: transition.id,
    agent_id: agentId,
    command_id: transition.commandId,
    happened_at: iso(transition.at),
    from_state: transition.fromState,
    to_state: transition.toState,
    from_attention: transition.fromAttention,
    to_attention: transition.toAttention,
    reason: transition.reason,
    rule: transition.rule,
    evidence: transition.evidence,
  };
}
