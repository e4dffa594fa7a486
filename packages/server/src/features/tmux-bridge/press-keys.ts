/**
 * Interrupts and answers: one key into an agent's terminal, under its lock, on the condition that
 * the screen shows what the person meant. They change no state themselves: what follows from them
 * is told by hooks, the session file and the transcript, as if the key had been pressed there.
 */
import type { AnswerRequest, KeyResult } from '@headspace/contract';
import { claimDialog, type DialogClaim, releaseClaim } from '../../domain/dialog-claim.ts';
import type { ScreenDialog, ScreenReading } from '../../domain/screen/index.ts';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import {
  rowPattern,
  type RowPattern,
  type TmuxDone,
  type TmuxKey,
} from '../../platform/tmux/index.ts';
import { findAgent, loadAgent, type LoadedAgent, withAgents } from '../agents/index.ts';
import { type BridgeContext, WINDOW_MS } from './context.ts';
import { lookAtTerminal, type TerminalSight } from './terminal.ts';
import { terminalView } from './terminal-view.ts';

export type ShownTerminal = Extract<TerminalSight, { kind: 'shown' }>;

interface Choice {
  readonly key: TmuxKey;
  readonly rows: RowPattern[];
  /** Of a dialog that one key closes: it is claimed before that. */
  readonly closes?: string | undefined;
}

/** What to press on this screen. Throws where it must not be. */
type Choose = (reading: ScreenReading) => Choice;

const LOCK_TIMEOUT_MS = 10_000;
/** The client draws within 100 ms; a busy machine takes longer. */
const SEEN_WITHIN_MS = 1_500;
const POLL_MS = 25;

/**
 * Escape, while a turn runs. `done` once the client no longer says that it works.
 * @throws HeadspaceError not_found, agent_ended, terminal_unavailable, nothing_running
 */
export async function interrupt(context: BridgeContext, agentId: number): Promise<KeyResult> {
  const agent = await press(context, agentId, 'interrupt', ({ working, box, dialog }) => {
    if (dialog !== null) {
      throw new HeadspaceError('nothing_running', `A dialog is open: ${dialog.title}.`);
    }
    if (working === null || box === null) {
      throw new HeadspaceError('nothing_running', 'Its screen does not say that it works.');
    }
    // A second Escape at rest would open the list of earlier prompts.
    const [first] = box.lines;
    return { key: 'Escape', rows: first === undefined ? [] : [rowPattern(first)] };
  });
  return settle(context, agent, ({ working }) => working === null);
}

/**
 * Chooses an option of the dialog that the person saw, or leaves it by Escape.
 * @throws HeadspaceError not_found, agent_ended, terminal_unavailable, dialog_changed, invalid_payload
 */
export async function answer(
  context: BridgeContext,
  agentId: number,
  { option, expect }: AnswerRequest,
): Promise<KeyResult> {
  const agent = await press(context, agentId, 'answer', ({ dialog }) => {
    if (dialog === null) throw new HeadspaceError('dialog_changed', 'No dialog is open now.');
    if (dialog.fingerprint !== expect) {
      throw new HeadspaceError('dialog_changed', `Another dialog is open now: ${dialog.title}.`);
    }
    const rows = dialogRows(dialog);
    // A question takes several keys, and stays.
    const closes = dialog.kind === 'permission' || dialog.kind === 'plan' ? expect : undefined;
    if (option === 'escape') return { key: 'Escape', rows, closes };
    if (!dialog.options.some(({ key }) => key === String(option))) {
      const keys = dialog.options.map(({ key }) => key).join(', ');
      throw new HeadspaceError('invalid_payload', `It has no option ${option}, but ${keys}.`);
    }
    return { key: `${option}`, rows, closes };
  });
  return settle(context, agent, ({ dialog }) => dialog?.fingerprint !== expect);
}

/** Rows of a dialog that tell it from the next one: its title, what it is about, and its end. */
const FIRST_ROWS = 8;
const LAST_ROWS = 6;

/** What has to stand on the screen at the moment of a key to this dialog. */
export function dialogRows({ rows }: ScreenDialog): RowPattern[] {
  const last = Math.max(FIRST_ROWS, rows.length - LAST_ROWS);
  return [...rows.slice(0, FIRST_ROWS), ...rows.slice(last)].map(rowPattern);
}

async function press(
  context: BridgeContext,
  agentId: number,
  purpose: string,
  choose: Choose,
): Promise<LoadedAgent> {
  // An agent of whom nothing can be asked is not locked.
  await existing(context, agentId);
  const options = { purpose, timeoutMs: LOCK_TIMEOUT_MS };
  return withAgents(context, [agentId], options, async (section) => {
    const agent = section.agents.get(agentId);
    if (agent === undefined) throw noSuchAgent(agentId);
    assertReachable(context, agent);
    const signal = AbortSignal.timeout(WINDOW_MS);
    const sight = await look(context, agent, signal);
    const { key, rows, closes } = choose(sight.reading);
    const claim = closes === undefined ? null : takeClaim(context, agent, closes);
    if (claim !== null) await section.persist();
    const done = await pressOn(context, sight, { keys: [key], rows, signal });
    if (done.kind === 'done') return agent;
    if (claim !== null && done.kind === 'refused') {
      releaseClaim(agent.state.activity, claim);
      await section.persist();
    }
    throw notPressed(done);
  });
}

function takeClaim({ clock }: BridgeContext, agent: LoadedAgent, fingerprint: string): DialogClaim {
  const wanted = { fingerprint, hookEventId: null, at: clock.now() };
  const claim = claimDialog(agent.state.activity, wanted);
  if (claim !== null) return claim;
  throw new HeadspaceError('dialog_changed', 'Somebody else has answered it just now.');
}

interface Press {
  readonly keys: readonly TmuxKey[];
  /** On the screen at the moment of the keys. */
  readonly rows: RowPattern[];
  readonly signal: AbortSignal;
}

/** Presses keys where the screen that was seen still stands; leaves copy mode before. */
export async function pressOn(
  { tmux }: BridgeContext,
  { target, pane }: ShownTerminal,
  { keys, rows, signal }: Press,
): Promise<TmuxDone> {
  if (pane.inMode) await tmux.leaveMode(target, { panePid: pane.pid, signal });
  return tmux.press(target, keys, { panePid: pane.pid, rows, signal });
}

export function notPressed(done: Exclude<TmuxDone, { kind: 'done' }>): HeadspaceError {
  return new HeadspaceError(
    done.kind === 'refused' ? 'dialog_changed' : 'terminal_unavailable',
    `Nothing was pressed: ${done.why}.`,
  );
}

/** @throws HeadspaceError terminal_unavailable */
export async function look(
  context: BridgeContext,
  agent: LoadedAgent,
  signal?: AbortSignal,
): Promise<ShownTerminal> {
  const sight = await lookAtTerminal(context, agent, signal);
  if (sight.kind === 'shown') return sight;
  throw new HeadspaceError('terminal_unavailable', `It cannot be looked at: ${sight.why}.`);
}

/** Waits, without the lock, until the effect is seen. */
export async function settle(
  context: BridgeContext,
  agent: LoadedAgent,
  fits: (reading: ScreenReading) => boolean,
): Promise<KeyResult> {
  const { clock } = context;
  const end = clock.now() + SEEN_WITHIN_MS;
  for (;;) {
    const sight = await lookAtTerminal(context, agent);
    const done =
      sight.kind === 'shown' && sight.reading.surface !== 'unknown' && fits(sight.reading);
    if (done || clock.now() >= end) return { done, terminal: terminalView(sight) };
    await clock.sleep(POLL_MS);
  }
}

/** The agent as it stands, without its lock. */
export async function existing(context: BridgeContext, agentId: number): Promise<LoadedAgent> {
  const row = await findAgent(context.pool, agentId);
  if (row === undefined) throw noSuchAgent(agentId);
  const agent = loadAgent(row);
  assertReachable(context, agent);
  return agent;
}

function assertReachable({ hostId }: BridgeContext, agent: LoadedAgent): void {
  const { ending } = agent.state;
  if (ending !== null) {
    throw new HeadspaceError('agent_ended', `Agent ${agent.id} has ended: ${ending.reason}.`);
  }
  if (agent.host !== hostId) {
    throw new HeadspaceError(
      'terminal_unavailable',
      `Agent ${agent.id} runs on another machine: ask the server there.`,
    );
  }
}

function noSuchAgent(id: number): HeadspaceError {
  return new HeadspaceError('not_found', `There is no agent ${id}.`);
}
