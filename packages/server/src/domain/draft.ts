/**
 * A mutable copy of an agent's state while one event is applied to it. Rules change the draft;
 * `seal` derives what a person sees and records a transition if that changed.
 */
import type { CommandOutput } from '@headspace/contract';
import {
  type AgentState,
  type Command,
  commandId,
  type Ledger,
  type NewJob,
  type NewTurn,
  stateOf,
  transitionId,
} from './agent-state.ts';
import type { Activity, Witness } from './activity.ts';
import { LIMITS } from './activity.ts';
import type { PromptChange } from './delivery.ts';
import { deriveAttention } from './attention.ts';
import { type CommandSignal, commandStep } from './command-state.ts';
import { beginning, storable } from './display.ts';
import { HOOK_TEXT_LIMIT } from './turn-names.ts';

/** What a rule is applied with: whose agent it is, and where what it adds is noted. */
export interface ApplyContext {
  agentId: number;
  ledger: Ledger;
}

export class Draft {
  readonly activity: Activity;
  command: Command | null;
  ending: AgentState['ending'];
  readonly at: number;
  private readonly before: AgentState;
  private readonly ledger: Ledger;
  readonly agentId: number;

  constructor(before: AgentState, at: number, { agentId, ledger }: ApplyContext) {
    this.before = before;
    this.ledger = ledger;
    this.at = at;
    this.agentId = agentId;
    this.activity = structuredClone(before.activity);
    this.command = before.command;
    this.ending = before.ending;
  }

  /** Takes the step of the command table. `ask` is for `open`; `outcome` for what gets closed. */
  signal(
    signal: CommandSignal,
    detail: { prompt?: string; promptId?: string; outcome?: string } = {},
  ): void {
    const step = commandStep(this.command?.state ?? 'idle', signal);
    if (step.action === 'none') return;
    if (step.action === 'open') {
      this.close(signal === 'prompt' ? 'superseded by a new prompt' : 'superseded');
      this.put({
        id: commandId(this.agentId, ++this.activity.commands),
        state: step.to,
        prompt: detail.prompt === undefined ? null : storable(detail.prompt),
        promptId: detail.promptId ?? this.activity.promptId,
        startedAt: this.at,
        completedAt: step.to === 'complete' ? this.at : null,
        outcome: step.to === 'complete' ? (detail.outcome ?? 'finished') : null,
        output: null,
      });
    } else if (step.action === 'close') {
      this.close(detail.outcome ?? 'finished');
    } else if (this.command !== null) {
      this.put({ ...this.command, state: step.to });
    }
  }

  /** Gives the open command the words of a prompt that another event overtook. */
  attachPrompt(prompt: string, promptId: string | null): void {
    if (this.command === null || this.command.prompt !== null) return;
    this.put({ ...this.command, prompt: storable(prompt), promptId });
  }

  /** How a command ended that was closed before its own end was heard of. */
  correctOutcome(promptId: string | undefined, outcome: string): void {
    const { command } = this;
    if (command === null || command.completedAt === null || promptId === undefined) return;
    if (command.promptId === promptId) this.put({ ...command, outcome });
  }

  /** What is known of the final text of the command that has just ended; see output.ts. */
  setOutput(output: CommandOutput, outcome: string | null): void {
    if (this.command !== null) this.put({ ...this.command, output, outcome });
  }

  job(job: NewJob): void {
    this.ledger.jobs.push(job);
  }

  /** After /clear the old command is no longer this session's. */
  forgetCommand(): void {
    this.close('session ended');
    this.command = null;
  }

  turn(turn: Omit<NewTurn, 'at' | 'commandId'>): void {
    this.ledger.turns.push({
      ...turn,
      text: storable(beginning(turn.text, HOOK_TEXT_LIMIT).text),
      at: this.at,
      commandId: this.command?.id ?? null,
    });
  }

  prompt(change: PromptChange): void {
    this.ledger.promptChanges.push(change);
  }

  /** The new state; a transition goes to the ledger if what a person sees has changed. */
  seal(...witnesses: readonly Witness[]): AgentState {
    const after: AgentState = {
      activity: this.activity,
      command: this.command,
      ending: this.ending,
    };
    const view = deriveAttention(after);
    const old = this.before.activity.shown;
    const fresh = old.rule === 'nothing-seen';
    const sameView =
      view.attention === old.attention &&
      // While it works, the tool of the moment is a detail and no step in its history.
      (view.attention === 'working' || view.reason === old.reason);
    const stepped =
      fresh ||
      !sameView ||
      stateOf(after) !== stateOf(this.before) ||
      after.command?.id !== this.before.command?.id;
    if (!stepped) {
      this.activity.shown = { ...old, reason: view.reason, rule: view.rule };
      return after;
    }
    this.activity.shown = {
      ...view,
      since: sameView && !fresh ? old.since : this.at,
      evidence: [...witnesses, ...old.evidence.filter((known) => this.concerns(known))].slice(
        0,
        LIMITS.evidence,
      ),
    };
    this.ledger.transitions.push({
      id: transitionId(this.agentId, ++this.activity.transitions),
      at: this.at,
      commandId: after.command?.id ?? null,
      fromState: stateOf(this.before),
      toState: stateOf(after),
      fromAttention: fresh ? null : old.attention,
      toAttention: view.attention,
      reason: view.reason,
      rule: view.rule,
      evidence: this.activity.shown.evidence,
    });
    return after;
  }

  /** What happened before the present command says nothing about it. */
  private concerns(known: Witness): boolean {
    return this.command === null || known.at >= this.command.startedAt;
  }

  private close(outcome: string): void {
    if (this.command === null || this.command.completedAt !== null) return;
    this.put({ ...this.command, state: 'complete', completedAt: this.at, outcome });
  }

  private put(command: Command): void {
    this.command = command;
    this.ledger.commands.set(command.id, command);
  }
}
