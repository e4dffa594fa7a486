/** One-line summaries on agents' cards: which one is shown, and how news of them change a view. Pure. */
import type { AgentView, CommandView, SummaryLine, TurnView } from '@headspace/contract';

/** A prompt up to this length says itself what was asked. */
const SHORT_PROMPT = 120;
/** A turn up to this length needs no line above it. */
const SHORT_TURN = 280;
/** From here on it is shown. */
const FRUSTRATED = 5;

/** What the agent was asked: the words themselves where they are short. */
export function askedLine({ prompt, summary }: CommandView): string | null {
  const isShort = prompt !== null && prompt.length <= SHORT_PROMPT && !prompt.includes('\n');
  return isShort ? prompt : (summary.instruction ?? prompt);
}

/** The line above a long turn. */
export function lineAbove({ text, summary }: TurnView): string | null {
  return text.length > SHORT_TURN ? summary : null;
}

/** `sounds frustrated, 7 of 10`; null for people who are not. */
export function frustrationText({ frustration }: TurnView): string | null {
  if (frustration === null || frustration < FRUSTRATED) return null;
  return `sounds frustrated, ${frustration} of 10`;
}

/** The view with the lines that were made for its command; the same object where none was. */
export function withLines(agent: AgentView, lines: readonly SummaryLine[]): AgentView {
  const { command } = agent;
  if (command === null) return agent;
  const summary = { ...command.summary };
  for (const line of lines) {
    const kind = line.serves ?? line.kind;
    const commandId = line.serves === null ? line.entityId : line.commandId;
    if (commandId !== command.id) continue;
    if (kind === 'command-instruction') summary.instruction = line.text;
    if (kind === 'command-outcome') summary.outcome = line.text;
  }
  const { instruction, outcome } = command.summary;
  if (summary.instruction === instruction && summary.outcome === outcome) return agent;
  return { ...agent, command: { ...command, summary } };
}

/**
 * A view that was read before a line was made can come after the news of it: what is known of the
 * same command stays.
 */
export function keepLines(agent: AgentView, known: AgentView | undefined): AgentView {
  const { command } = agent;
  const before = known?.command;
  if (!command || before?.id !== command.id) return agent;
  const instruction = command.summary.instruction ?? before.summary.instruction;
  const outcome = command.summary.outcome ?? before.summary.outcome;
  if (instruction === command.summary.instruction && outcome === command.summary.outcome) {
    return agent;
  }
  return { ...agent, command: { ...command, summary: { instruction, outcome } } };
}
