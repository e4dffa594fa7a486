/**
 * A person takes an agent off the board, and may take that back. What was going on is kept aside
 * meanwhile, so that the agent comes back as it was; a hook of it brings it back too, by itself.
 */
import { type Activity, remember, type SetAside, type Witness } from './activity.ts';
import type { AgentState } from './agent-state.ts';
import type { Applied } from './apply.ts';
import { type ApplyContext, Draft } from './draft.ts';
import { endAgent } from './rules/session.ts';

export interface PersonsAct {
  /** Milliseconds since 1970. */
  at: number;
  /** The caller's idempotency key; null where there is none. */
  key: string | null;
}

/** Keys of people's last acts, by which a repeated request is known. */
const KEY_LIMIT = 16;

export function isDone({ activity }: AgentState, key: string | null): boolean {
  return key !== null && (activity.actKeys ?? []).includes(key);
}

/** Only for an agent that lives. */
export function applyDismissal(
  before: AgentState,
  act: PersonsAct,
  context: ApplyContext,
): Applied {
  const draft = new Draft(before, act.at, context);
  const aside = setAside(draft.activity, draft.command);
  endAgent(draft, { at: act.at, reason: 'dismissed by a person', by: 'person' });
  draft.activity.dismissed = aside;
  noteKey(draft.activity, act);
  return { agent: draft.seal(byPerson('dismissed', act)), outcome: 'dismissed' };
}

/** Only for an agent that a person has dismissed. Its command is opened anew, as the table has it. */
export function applyRestoration(
  before: AgentState,
  act: PersonsAct,
  context: ApplyContext,
): Applied {
  const draft = new Draft(before, act.at, context);
  const { activity } = draft;
  const aside = activity.dismissed ?? null;
  draft.ending = null;
  activity.dismissed = null;
  noteKey(activity, act);
  if (aside === null) {
    activity.doubt = 'brought back by a person; nothing has been heard of it since';
  } else {
    const { prompt, ...facts } = aside;
    Object.assign(activity, facts);
    if (activity.turn === 'running') draft.signal('activity');
    if (activity.dialogs.length > 0) draft.signal('ask');
    if (prompt !== null) draft.attachPrompt(prompt, activity.promptId);
  }
  return { agent: draft.seal(byPerson('brought back', act)), outcome: 'brought back' };
}

function setAside(activity: Activity, command: AgentState['command']): SetAside {
  const { turn, promptId, promptSeen, tools, dialogs, subagents, tasks, compacting } = activity;
  const prompt = command?.completedAt === null ? command.prompt : null;
  const { failure, doubt } = activity;
  return structuredClone({
    ...{ turn, promptId, promptSeen, tools, dialogs, subagents, tasks, compacting },
    ...{ failure, doubt, prompt },
  });
}

function noteKey(activity: Activity, { key }: PersonsAct): void {
  if (key === null) return;
  activity.actKeys = [...(activity.actKeys ?? [])];
  remember(activity.actKeys, key, KEY_LIMIT);
}

const byPerson = (signal: string, { at }: PersonsAct): Witness => ({
  source: 'person',
  signal,
  at,
  hookEventId: null,
});
