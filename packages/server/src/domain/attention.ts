/**
 * What a person sees, derived from the facts by the first rule that fits. Pure: no clock, no I/O.
 * Each rule has a name that is stored with every transition, so that "why is this red" has an
 * answer for ever.
 */
import type { Attention } from '@headspace/contract';
import type { Activity, Dialog } from './activity.ts';
import type { AgentState } from './agent-state.ts';
import { freshScreen, type ScreenFact } from './screen-fact.ts';

export interface View {
  attention: Attention;
  /** One plain sentence without a full stop. */
  reason: string;
  rule: string;
}

type Rule = (agent: AgentState) => Omit<View, 'rule'> | null;

const RULES: readonly (readonly [string, Rule])[] = [
  ['ended', ended],
  ['doubt', doubt],
  ['open-dialog', openDialog],
  ['screen-dialog', screenDialog],
  ['session-file-waiting', fileWaiting],
  ['turn-failed', turnFailed],
  ['screen-limit', screenLimit],
  ['screen-shell', screenShell],
  ['stalled', stalled],
  ['compacting', compacting],
  ['api-retry', apiRetry],
  ['turn-running', turnRunning],
  ['background-work', backgroundWork],
  ['session-file-busy', fileBusy],
  ['unsent-prompt', unsentPrompt],
  ['turn-over', turnOver],
  ['resumed', resumed],
  ['nothing-asked', nothingAsked],
];

export function deriveAttention(agent: AgentState): View {
  for (const [rule, decide] of RULES) {
    const view = decide(agent);
    if (view !== null) return { ...view, rule };
  }
  return { attention: 'unknown', reason: 'no rule fits the evidence', rule: 'none' };
}

function ended({ ending }: AgentState) {
  return ending && { attention: 'ended' as const, reason: ending.reason };
}

/** Doubt is want of evidence, and what the screen proves is evidence. */
function doubt({ activity }: AgentState) {
  const proves: readonly (ScreenFact['kind'] | undefined)[] = [
    'dialog',
    'limit',
    'shell',
    'stalled',
  ];
  if (activity.doubt === null || proves.includes(freshScreen(activity)?.kind)) return null;
  return { attention: 'unknown' as const, reason: activity.doubt };
}

/** The fact of this kind on the screen, if nothing newer was heard since. */
function onScreen({ activity }: AgentState, kind: ScreenFact['kind']): ScreenFact | null {
  const fact = freshScreen(activity);
  return fact?.kind === kind ? fact : null;
}

function screenDialog(agent: AgentState) {
  const fact = onScreen(agent, 'dialog');
  return fact && { attention: 'needs_you' as const, reason: `shows a dialog: ${fact.summary}` };
}

function screenLimit(agent: AgentState) {
  const fact = onScreen(agent, 'limit');
  return fact && { attention: 'limit' as const, reason: `its screen says: ${fact.summary}` };
}

function screenShell(agent: AgentState) {
  const fact = onScreen(agent, 'shell');
  return fact && { attention: 'unknown' as const, reason: fact.summary };
}

function stalled(agent: AgentState) {
  const fact = onScreen(agent, 'stalled');
  if (fact === null || agent.activity.turn !== 'running') return null;
  return { attention: 'stalled' as const, reason: `says it works, but ${fact.summary}` };
}

function apiRetry(agent: AgentState) {
  const fact = onScreen(agent, 'retry');
  if (fact === null || agent.activity.turn !== 'running') return null;
  return { attention: 'working' as const, reason: fact.summary };
}

function unsentPrompt(agent: AgentState) {
  const fact = onScreen(agent, 'unsent');
  if (fact === null) return null;
  const rest = turnOver(agent) ?? resumed(agent) ?? nothingAsked(agent);
  return rest && { ...rest, reason: `${rest.reason}; typed and not sent: ${fact.summary}` };
}

const DIALOG_WORDS: Readonly<Record<Dialog['kind'], string>> = {
  permission: 'asks for permission',
  question: 'asks a question',
  plan: 'asks for approval of its plan',
  elicitation: 'asks for input',
};

function openDialog({ activity }: AgentState) {
  const first = activity.dialogs[0];
  if (first === undefined) return null;
  const who = first.subagentType === null ? '' : `${first.subagentType} subagent `;
  const more = activity.dialogs.length > 1 ? ` (and ${activity.dialogs.length - 1} more)` : '';
  return {
    attention: 'needs_you' as const,
    reason: `${who}${DIALOG_WORDS[first.kind]}: ${first.summary}${more}`,
  };
}

/** The session file counts where it is newer than the last hook that decided something. */
export function freshFile(activity: Activity) {
  const file = activity.sessionFile;
  return file !== null && file.at >= activity.edgeAt ? file : null;
}

function fileWaiting({ activity }: AgentState) {
  const file = freshFile(activity);
  if (file?.status !== 'waiting') return null;
  return {
    attention: 'needs_you' as const,
    reason: `waits for a person: ${file.waitingFor ?? 'a dialog is open'}`,
  };
}

/** Claude's error names that mean a limit and not a fault (StopFailure.error). */
const LIMIT_ERRORS = new Set(['rate_limit', 'billing_error']);

function turnFailed({ activity }: AgentState) {
  if (activity.turn !== 'failed' || activity.failure === null) return null;
  const { error, message } = activity.failure;
  return {
    attention: LIMIT_ERRORS.has(error) ? ('limit' as const) : ('needs_you' as const),
    reason: `stopped by an error (${error})${message === '' ? '' : `: ${message}`}`,
  };
}

function compacting({ activity }: AgentState) {
  if (activity.compacting === null) return null;
  return { attention: 'working' as const, reason: 'compacts its context' };
}

function turnRunning({ activity }: AgentState) {
  if (activity.turn !== 'running') return null;
  const tools = Object.values(activity.tools).filter((tool) => tool.subagent === null);
  const names = [...new Set(tools.map((tool) => tool.name))];
  const reason = names.length === 0 ? 'works on the prompt' : `runs ${names.join(', ')}`;
  return { attention: 'working' as const, reason };
}

function backgroundWork({ activity }: AgentState) {
  const count = Object.keys(activity.subagents).length;
  if (count === 0) return null;
  const what = count === 1 ? 'a background subagent' : `${count} background subagents`;
  return { attention: 'working' as const, reason: `${what} still at work` };
}

function fileBusy({ activity }: AgentState) {
  if (freshFile(activity)?.status !== 'busy') return null;
  return { attention: 'working' as const, reason: "Claude's session file says busy" };
}

function turnOver({ activity }: AgentState) {
  if (activity.turn === 'interrupted') {
    return { attention: 'your_turn' as const, reason: 'the turn was interrupted' };
  }
  if (activity.turn === 'over') {
    return {
      attention: 'your_turn' as const,
      reason: 'the turn is over; how it ended was not seen',
    };
  }
  if (activity.turn !== 'finished') return null;
  const shells = activity.tasks.filter((task) => task.type === 'shell').length;
  const beside = shells === 0 ? '' : `; ${shells} background shell${shells > 1 ? 's' : ''} running`;
  return { attention: 'your_turn' as const, reason: `the turn is finished${beside}` };
}

function resumed({ activity, command }: AgentState) {
  if (activity.turn !== 'resumed' || command === null) return null;
  return { attention: 'your_turn' as const, reason: 'resumed, nothing asked since' };
}

function nothingAsked({ activity }: AgentState) {
  if (activity.turn !== 'none' && activity.turn !== 'resumed') return null;
  return { attention: 'idle' as const, reason: 'nothing asked yet' };
}
