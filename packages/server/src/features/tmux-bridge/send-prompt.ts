/**
 * Takes the prompt at the front of an agent's queue one step on.
 *
 *   look, decide ─► lock ─► look, decide again ─► claim (committed) ─► paste ─► seen in the box,
 *   alone ─► committed ─► Enter, on the condition that the same rows are on the screen ─► unlock
 *
 * The proof of arrival comes from a hook or the transcript (domain/rules/delivery.ts). Whatever dies
 * in between, the next call finds the prompt's state and the screen and goes on from there.
 */
import type { PromptState } from '@headspace/contract';
import { deliveryMatch, type Delivery } from '../../domain/delivery.ts';
import { flightStep, type FlightStep, needsRest, queuedStep } from '../../domain/prompt-flight.ts';
import type { PromptStep } from '../../domain/prompt-step.ts';
import { promptStep } from '../../domain/prompt-state.ts';
import {
  boxHolds,
  readScreen,
  type ScreenReading,
  WORKING_TITLE,
} from '../../domain/screen/index.ts';
import { rowPattern, type RowPattern, type TmuxDone } from '../../platform/tmux/index.ts';
import type { LoadedAgent, Section } from '../agents/index.ts';
import { applyStep } from '../prompts/index.ts';
import { type BridgeContext, RESERVE_MS, WINDOW_MS } from './context.ts';
import { commandOutcome } from './command-outcome.ts';
import { type Payload, payloadBefore } from './payload.ts';
import type { FrontPrompt } from './queries.ts';
import { openWindow, type SendWindow } from './send-window.ts';
import { lookAtTerminal, type TerminalSight } from './terminal.ts';

/**
 * `sent`: Enter was pressed, the proof is awaited · `waits`: for something outside · `again`: there
 * is more to do at once.
 */
export type Sent = 'sent' | 'waits' | 'again';

type Shown = Extract<TerminalSight, { kind: 'shown' }>;

/** How long a paste may take to be shown; 25 to 75 ms were measured up to 400,000 characters. */
const SHOWN_WITHIN_MS = 1_200;
/** How long a command that starts a turn is watched for a refusal. */
const ANSWERED_WITHIN_MS = 1_000;
const POLL_MS = 10;
/**
 * Take away a line and its break. 2.1.197 leaves the cursor now at the end of the text and now at
 * its beginning, where the first keys or the last ones do nothing.
 */
const CLEAR_LINE = ['C-u', 'C-u', 'C-k', 'C-k'] as const;
/** Part of the client's footer while a turn runs, unless a status line has taken its place. */
const WORKING: RowPattern = { regex: 'esc to interrupt' };
const AT_REST = { absent: [WORKING], absentTitle: { regex: WORKING_TITLE } };

/** What is to be done, by what is known outside or inside of the lock. */
export function decide(
  { clock, graceMs, startedAt }: Pick<BridgeContext, 'clock' | 'graceMs' | 'startedAt'>,
  agent: LoadedAgent,
  prompt: FrontPrompt,
  payload: Payload,
  sight: TerminalSight,
): FlightStep {
  if (prompt.state === 'queued') {
    const { kind, attempt } = prompt;
    const before = payloadBefore(prompt);
    const waiting = { kind, attempt, text: payload.text, before, now: clock.now() };
    return queuedStep(agent.state, sight, waiting);
  }
  const delivery = deliveryOf(agent, prompt);
  const since = Math.max(delivery.enteredAt ?? delivery.at, startedAt);
  return flightStep(
    agent.state,
    sight,
    {
      text: payload.text,
      attempt: prompt.attempt,
      enters: delivery.enters ?? 0,
      above: delivery.above ?? null,
    },
    { settledMs: clock.now() - since, graceMs, restarted: delivery.at < startedAt },
  );
}

/** Books of another kind than expected: as if Enter had been pressed, so that nothing is sent twice. */
function deliveryOf(agent: LoadedAgent, prompt: FrontPrompt): Delivery {
  const { delivery } = agent.state.activity;
  if (delivery !== null && delivery !== undefined && delivery.promptId === prompt.id) {
    return delivery;
  }
  return { promptId: prompt.id, match: '', at: 0, enters: 2 };
}

/** What has to stand in the box at the moment of a key; the rows between cannot differ alone. */
function endsOf(rows: readonly string[]): RowPattern[] {
  return [rows[0], rows.at(-1)].filter((row) => row !== undefined).map(rowPattern);
}

/** One section's work for one prompt. */
export class Sending {
  private readonly context: BridgeContext;
  private readonly section: Section;
  private readonly agent: LoadedAgent;
  private readonly prompt: FrontPrompt;
  private readonly payload: Payload;
  private readonly window: SendWindow;
  private state: PromptState;
  private reason: string | null;

  constructor(
    context: BridgeContext,
    section: Section,
    { agent, prompt, payload }: { agent: LoadedAgent; prompt: FrontPrompt; payload: Payload },
  ) {
    this.context = context;
    this.section = section;
    this.agent = agent;
    this.prompt = prompt;
    this.payload = payload;
    this.state = prompt.state;
    this.reason = prompt.reason;
    this.window = openWindow(context.clock);
  }

  async run(): Promise<Sent> {
    const sight = await lookAtTerminal(this.context, this.agent, this.window.signal);
    const step = decide(this.context, this.agent, this.prompt, this.payload, sight);
    switch (step.do) {
      case 'wait':
        if (step.why !== null) await this.note(step.why);
        return 'waits';
      case 'release':
        await this.take({ signal: 'release', reason: step.why });
        return 'again';
      case 'fail':
        await this.take({ signal: 'fail', reason: step.why, uncertain: step.uncertain });
        return 'again';
      case 'send':
        return sight.kind === 'shown' ? this.send(sight, step) : 'waits';
      case 'enter':
        return sight.kind === 'shown' ? this.enter(sight) : 'waits';
    }
  }

  private async send(
    sight: Shown,
    { present, clear }: { present: boolean; clear: boolean },
  ): Promise<Sent> {
    const { text, file } = this.payload;
    if (clear && !(await this.clearBox(sight))) {
      await this.note('the client has left the prompt before in its box');
      return 'waits';
    }
    // What is left of the window may be too short for the rest; the next look finds an empty box.
    if (clear && this.window.left() < WINDOW_MS / 2) return 'again';
    await this.take({ signal: 'claim', match: deliveryMatch(text), file });
    if (present) return this.enter(sight);
    const done = await this.paste(sight, text);
    if (done.kind === 'refused') {
      await this.take({ signal: 'release', reason: done.why });
      return 'waits';
    }
    const shown = done.kind === 'done' ? await this.untilBox(sight, (holds) => holds) : null;
    if (shown !== null) return this.enter({ ...sight, reading: shown });
    await this.note('pasted, and not to be seen in the prompt box yet');
    return 'waits';
  }

  private async paste({ target, pane }: Shown, text: string): Promise<TmuxDone> {
    const { tmux } = this.context;
    const options = { panePid: pane.pid, signal: this.window.signal };
    if (pane.inMode) {
      const left = await tmux.leaveMode(target, options);
      if (left.kind !== 'done') return left;
    }
    return tmux.paste(target, text, options);
  }

  private async enter(sight: Shown): Promise<Sent> {
    const { target, pane, reading } = sight;
    const rows = reading.box?.lines ?? [];
    if (this.window.left() < RESERVE_MS) return this.tooLate();
    // Committed before it is pressed: after a crash it counts as pressed.
    const { delivery } = this.agent.state.activity;
    if (delivery !== null && delivery !== undefined) delivery.above = reading.above;
    await this.take({ signal: 'paste' }, 1);
    if (this.window.left() < RESERVE_MS / 2) return this.tooLate(-1);
    const { signal } = this.window;
    if (pane.inMode) await this.context.tmux.leaveMode(target, { panePid: pane.pid, signal });
    const rest = needsRest({ kind: this.prompt.kind, text: this.payload.text }) ? AT_REST : {};
    const options = { panePid: pane.pid, rows: endsOf(rows), ...rest, signal };
    const done = await this.context.tmux.press(target, ['Enter'], options);
    if (done.kind === 'refused') {
      await this.note('the screen has changed just before Enter', -1);
      return 'waits';
    }
    if (this.prompt.kind === 'command') await this.awaitCommand(sight);
    return 'sent';
  }

  /** Takes away what the client has left there, all in one go; true once the box is empty. */
  private async clearBox(sight: Shown): Promise<boolean> {
    const { target, pane, reading } = sight;
    const rows = reading.box?.lines ?? [];
    const keys = rows.flatMap(() => CLEAR_LINE);
    const { signal } = this.window;
    const options = { panePid: pane.pid, rows: endsOf(rows), signal };
    const done = await this.context.tmux.press(target, keys, options);
    if (done.kind === 'refused') return false;
    return (await this.untilBox(sight, (_, { box }) => box?.text === '')) !== null;
  }

  /**
   * The client's own commands fire no hook: that the box has let go of it is the proof. For some 40 ms
   * before it says that it does not know one, 2.1.197 shows that it works.
   */
  private async awaitCommand(sight: Shown): Promise<void> {
    const gone = await this.untilBox(sight, (holds) => !holds);
    if (gone === null) return;
    const isAnswered = (holds: boolean, { working, above }: ScreenReading): boolean =>
      !holds && working === null && above !== sight.reading.above;
    const after = (await this.untilBox(sight, isAnswered, ANSWERED_WITHIN_MS)) ?? gone;
    const problem = commandOutcome(after.text, this.payload.text);
    await this.take(
      problem === null
        ? { signal: 'accept', by: 'screen' }
        : { signal: 'fail', reason: problem, uncertain: false },
    );
  }

  private async tooLate(enters: 0 | -1 = 0): Promise<Sent> {
    await this.note('the terminal was too slow, Enter was not pressed', enters);
    return 'again';
  }

  /** Resolves to the screen once it is as it should be, null where that takes too long. */
  private async untilBox(
    { target }: Shown,
    fits: (holds: boolean, reading: ScreenReading) => boolean,
    withinMs = SHOWN_WITHIN_MS,
  ): Promise<(ScreenReading & { text: string }) | null> {
    const { tmux, clock } = this.context;
    const { signal } = this.window;
    const end = clock.now() + withinMs;
    while (clock.now() < end && this.window.left() > RESERVE_MS) {
      const captured = await tmux.capture(target, { escapes: true, signal });
      if (captured.kind !== 'screen') return null;
      const reading = readScreen(captured.text);
      const holds = reading.box !== null && boxHolds(reading.box, this.payload.text).holds;
      if (fits(holds, reading)) return { ...reading, text: captured.text };
      await clock.sleep(POLL_MS, signal);
    }
    return null;
  }

  /** One step of the table, committed. */
  private async take(step: PromptStep, enters = 0): Promise<void> {
    const now = this.context.clock.now();
    applyStep(this.section, this.agent, { id: this.prompt.id, state: this.state }, step, now);
    this.state = promptStep(this.state, step.signal) ?? this.state;
    this.countEnters(enters);
    await this.section.persist();
  }

  /** Why it waits, for people; committed where that is new. */
  private async note(why: string, enters = 0): Promise<void> {
    const { id } = this.prompt;
    const { state } = this;
    if (this.reason === why && enters === 0) return;
    const at = this.context.clock.now();
    this.countEnters(enters);
    this.section.changePrompt(this.agent, { id, from: [state], to: state, at, reason: why });
    this.reason = why;
    await this.section.persist();
  }

  private countEnters(by: number): void {
    const { delivery } = this.agent.state.activity;
    if (by === 0 || delivery === null || delivery === undefined) return;
    delivery.enters = (delivery.enters ?? 0) + by;
    delivery.enteredAt = this.context.clock.now();
  }
}
