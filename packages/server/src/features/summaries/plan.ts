/**
 * What follows from a request of a section: finds what of the agent has no line yet and asks for it.
 * Without a lock and without a model; it can run twice.
 */
import { instructionInput, outcomeInput, turnInput } from '../../domain/summary.ts';
import { inTransaction } from '../../platform/database/index.ts';
import type { SummariesContext } from './context.ts';
import { askForOverviews } from './overviews.ts';
import {
  linkLine,
  openCommands,
  openTurns,
  supersedeProgress,
  type OpenCommand,
  type OpenTurn,
} from './plan-queries.ts';
import { requestSummaries, type SummaryRequest } from './request.ts';

/** Turns that one run asks for. */
const BATCH = 200;

export interface PlanOptions {
  readonly context: SummariesContext;
  /** Called when something may be due. */
  readonly poke: () => void;
}

/** True where there is more than one run takes. */
export async function planAgent({ context, poke }: PlanOptions, agentId: number): Promise<boolean> {
  const { pool, settings } = context;
  const maxAgeHours = settings['summaries.maxAgeHours'];
  const turns = await openTurns(pool, agentId, maxAgeHours, BATCH);
  const isFree = settings['summaries.provider'] === 'extractive';
  await inTransaction(pool, async (client) => {
    await requestSummaries(
      client,
      turns.map((turn) => turnRequest(agentId, turn, isFree)),
    );
    if (!isFree) await supersedeProgress(client, agentId);
  });
  const commands = await openCommands(pool, agentId, maxAgeHours);
  await inTransaction(pool, async (client) => {
    for (const command of commands) {
      for (const link of linksOf(command)) await linkLine(client, link);
    }
    await requestSummaries(
      client,
      commands.flatMap((command) => commandRequests(agentId, command)),
    );
    const projectId = turns[0]?.projectId ?? commands[0]?.projectId;
    if (projectId !== undefined) await askForOverviews(client, context, projectId);
  });
  poke();
  return turns.length === BATCH;
}

function turnRequest(agentId: number, turn: OpenTurn, isFree: boolean): SummaryRequest {
  const progress = turn.actor === 'agent';
  return {
    input: turnInput(turn.actor, turn.text, turn.goal),
    entityId: turn.id,
    agentId,
    projectId: turn.projectId,
    commandId: turn.commandId,
    progress,
    superseded: progress && turn.isPast === true && !isFree,
  };
}

/** The line of the prompt, and of the last message: no call of their own. */
function linksOf(command: OpenCommand) {
  const { id: commandId, promptTurn, lastTurn, needsInstruction, needsOutcome } = command;
  const links = [];
  if (needsInstruction && promptTurn !== null) {
    links.push({ turnId: promptTurn, commandId, serves: 'command-instruction' as const });
  }
  if (needsOutcome && lastTurn !== null) {
    links.push({ turnId: lastTurn, commandId, serves: 'command-outcome' as const });
  }
  return links;
}

/** Where no turn can give it. */
function commandRequests(agentId: number, command: OpenCommand): SummaryRequest[] {
  const { id: entityId, projectId, prompt, outcome } = command;
  const row = { entityId, agentId, projectId, commandId: entityId };
  const requests: SummaryRequest[] = [];
  if (command.needsInstruction && command.promptTurn === null && prompt !== null) {
    requests.push({ ...row, input: instructionInput(prompt) });
  }
  if (command.needsOutcome && command.lastTurn === null) {
    const input = outcomeInput(prompt, outcome ?? 'finished', command.tools.toReversed());
    requests.push({ ...row, input });
  }
  return requests;
}
