/** One agent in memory, to which tests apply evidence without a database or correlation. */
import { HOOK_PAYLOADS, type HookEventName } from '@headspace/contract';
import { freshActivity, type SessionFileSeen } from '../activity.ts';
import { type AgentState, emptyLedger, type Ledger, stateOf } from '../agent-state.ts';
import {
  type Applied,
  applyEnding,
  applyHook,
  applyLatePrompt,
  applyPromptSigns,
  applyRevival,
  applyScreen,
  applySessionFileSeen,
  applyTranscriptRead,
} from '../apply.ts';
import { deliveryMatch } from '../delivery.ts';
import { applyDismissal, applyRestoration } from '../dismissal.ts';
import type { ApplyContext } from '../draft.ts';
import type { Hook, HookOf } from '../hook.ts';
import type { RuleFacts } from '../rules/facts.ts';
import { emptyPicture, type PromptSign, type TranscriptPicture } from '../transcript-picture.ts';
import type { ScreenFact } from '../screen-fact.ts';

/** Start of all tests' time: milliseconds since 1970. */
export const T0 = Date.UTC(2026, 10, 1);

/** A hook as the rules get it; the payload goes through its schema. */
export function hookOf(name: HookEventName, payload: object, at: number, inboxId = 0): Hook {
  const parsed = HOOK_PAYLOADS[name].parse({ session_id: 's', ...payload });
  return { name, payload: parsed, inboxId, at } as Hook;
}

/** Events after which a session that had ended lives again. */
export const REVIVING = new Set<HookEventName>(['SessionStart', 'UserPromptSubmit']);

export class Chain {
  agent: AgentState = { activity: freshActivity(T0), command: null, ending: null };
  readonly ledger: Ledger = emptyLedger();
  private sessionId: string | null = null;
  private events = 0;
  private readonly context: ApplyContext = { ledger: this.ledger, agentId: 1 };

  /** Applies a hook `ms` after the start of time, and gives what it did. */
  hook(name: HookEventName, payload: object = {}, ms = this.events, facts?: Partial<RuleFacts>) {
    const hook = hookOf(name, payload, T0 + ms, ++this.events);
    const sessionId = hook.payload.session_id;
    const revived = this.agent.ending !== null && REVIVING.has(name);
    if (revived) {
      const source = { source: 'hook' as const, signal: name, at: hook.at, hookEventId: null };
      this.take(applyRevival(this.agent, source, this.context));
    }
    const sessionChanged = this.sessionId !== null && this.sessionId !== sessionId;
    this.sessionId = sessionId;
    const all = { revived, sessionChanged, otherProcessAlive: false, ...facts };
    return this.take(applyHook(this.agent, hook, all, this.context));
  }

  sessionFile(status: SessionFileSeen['status'], ms: number, waitingFor: string | null = null) {
    const seen = { pid: 4711, status, waitingFor, at: T0 + ms };
    return this.take(applySessionFileSeen(this.agent, seen, this.context));
  }

  /** As found when the server starts: hooks of before may still come. */
  sessionFileFound(status: SessionFileSeen['status'], ms: number) {
    const seen = { pid: 4711, status, waitingFor: null, at: T0 + ms };
    return this.take(applySessionFileSeen(this.agent, seen, this.context, false));
  }

  /** The transcript as it stands at `ms`, read `afterMs` later: long enough for any hook. */
  transcript(picture: Partial<TranscriptPicture>, ms: number, afterMs = 60_000) {
    const whole = { ...emptyPicture(), at: T0 + ms, ...picture };
    return this.take(applyTranscriptRead(this.agent, whole, T0 + ms + afterMs, this.context));
  }

  /** Entries of the transcript about prompts: kind, text, milliseconds after the start of time. */
  signs(...signs: [PromptSign['kind'], string, number][]) {
    const read = signs.map(([kind, text, ms]) => ({
      kind,
      match: deliveryMatch(text),
      at: T0 + ms,
    }));
    return this.take(applyPromptSigns(this.agent, read, this.context));
  }

  latePrompt(prompt: string, ms: number) {
    const hook = hookOf('UserPromptSubmit', { prompt }, T0 + ms) as HookOf<'UserPromptSubmit'>;
    return this.take(applyLatePrompt(this.agent, hook, this.context));
  }

  processGone(ms: number) {
    const ending = { at: T0 + ms, reason: 'its process is gone', by: 'inference' as const };
    const source = { source: 'process' as const, signal: 'gone', at: T0 + ms, hookEventId: null };
    return this.take(applyEnding(this.agent, ending, [source], this.context));
  }

  /** A person takes it off the board, or brings back what one has taken off. */
  person(act: 'dismiss' | 'restore', ms: number) {
    const apply = act === 'dismiss' ? applyDismissal : applyRestoration;
    return this.take(apply(this.agent, { at: T0 + ms, key: null }, this.context));
  }

  /** A look at the screen that finds a fact of this kind, or none. */
  screen(kind: ScreenFact['kind'] | null, ms: number) {
    const at = T0 + ms;
    const fact = kind && { kind, summary: kind, lines: [], dialog: null, since: at, at };
    return this.take(applyScreen(this.agent, fact, at, this.context));
  }

  /** What a person sees. */
  get shown(): { attention: string; state: string; ended: boolean } {
    return {
      attention: this.agent.activity.shown.attention,
      state: stateOf(this.agent),
      ended: this.agent.ending !== null,
    };
  }

  /**
   * Everything known and written, without the times and numbers that a repeated delivery moves:
   * equal texts mean that repetition or order made no difference.
   */
  books(): string {
    const { activity, ending } = this.agent;
    const { tools, dialogs, subagents, sentAt, edgeAt, shown, ...rest } = activity;
    return JSON.stringify({
      ...rest,
      tools: Object.keys(tools).toSorted(),
      closedTools: rest.closedTools.toSorted(),
      dialogs: dialogs.map(({ since, hookEventId, ...dialog }) => dialog),
      subagents: Object.keys(subagents).toSorted(),
      shown: { attention: shown.attention, reason: shown.reason },
      ending: ending && { reason: ending.reason, by: ending.by },
      commands: [...this.ledger.commands.values()].map(
        ({ id, startedAt, completedAt, ...command }) => command,
      ),
      turns: [...new Set(this.ledger.turns.map(({ kind, text }) => `${kind} ${text}`))],
    });
  }

  private take({ agent, outcome }: Applied): string {
    this.agent = agent;
    return outcome;
  }
}
