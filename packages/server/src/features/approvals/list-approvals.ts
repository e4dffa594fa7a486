/** What agents wait for: by their rows, and what can be decided by a look at their screens. */
import type { ApprovalScope, ApprovalView } from '@headspace/contract';
import type { Dialog } from '../../domain/activity.ts';
import { isAnswered, isClaimed } from '../../domain/dialog-claim.ts';
import { dialogChoices, showsRequest } from '../../domain/screen/index.ts';
import { agentName, findAgents, loadAgent, type LoadedAgent } from '../agents/index.ts';
import { type BridgeContext, lookAtTerminal, type TerminalSight } from '../tmux-bridge/index.ts';
import { agentsInDialogs, type AskedRequest, findRequests } from './queries.ts';

/** Agents at a time: each look is two short processes. */
const LOOKS_AT_A_TIME = 4;

type Possible = Pick<ApprovalView, 'decisions' | 'scopes' | 'takesReason' | 'why'>;

/** A dialog that can be an approval: of a kind that a decision answers, with an id. */
export type OpenRequest = Dialog & { kind: ApprovalView['kind']; hookEventId: number };

export function openRequests({ state }: Pick<LoadedAgent, 'state'>): OpenRequest[] {
  return state.activity.dialogs.filter(
    (dialog): dialog is OpenRequest =>
      (dialog.kind === 'permission' || dialog.kind === 'plan') &&
      typeof dialog.hookEventId === 'number',
  );
}

/** Oldest first. What has been answered and has not closed yet is left out. */
export async function listApprovals(context: BridgeContext): Promise<ApprovalView[]> {
  const rows = await findAgents(context.pool, await agentsInDialogs(context.pool));
  const agents = rows.map(loadAgent).filter((agent) => openRequests(agent).length > 0);
  const ids = agents.flatMap(openRequests).map(({ hookEventId }) => hookEventId);
  const requests = await findRequests(context.pool, ids);
  const views: ApprovalView[] = [];
  for (let at = 0; at < agents.length; at += LOOKS_AT_A_TIME) {
    const some = agents.slice(at, at + LOOKS_AT_A_TIME);
    const found = await Promise.all(some.map(async (agent) => ofAgent(context, agent, requests)));
    views.push(...found.flat());
  }
  return views.toSorted((a, b) => a.since.localeCompare(b.since) || a.id - b.id);
}

async function ofAgent(
  context: BridgeContext,
  agent: LoadedAgent,
  requests: ReadonlyMap<number, AskedRequest>,
): Promise<ApprovalView[]> {
  const why = outOfReach(context, agent);
  const sight = why === null ? await lookAtTerminal(context, agent) : null;
  return openRequests(agent).flatMap((dialog) => {
    const request = requests.get(dialog.hookEventId);
    // Deleted as too old; a dialog outlives its event by nothing that a person would wait for.
    if (request === undefined) return [];
    const possible =
      sight === null ? nothing(why) : possibleNow({ agent, dialog, request, sight }, context);
    return possible === null ? [] : [{ ...viewOf(agent, dialog, request), ...possible }];
  });
}

function viewOf(
  agent: LoadedAgent,
  { kind, summary, subagentType: subagent, since, hookEventId: id }: OpenRequest,
  { tool }: AskedRequest,
): Omit<ApprovalView, keyof Possible> {
  const { project, uuid } = agent;
  return {
    id,
    agent: { id: agent.id, name: agentName(project.name, uuid) },
    kind,
    tool,
    summary,
    subagent,
    since: new Date(since).toISOString(),
  };
}

/** Why no key can be pressed for this agent, by its row; null where one may look. */
export function outOfReach(
  { hostId }: Pick<BridgeContext, 'hostId'>,
  { host, tmuxPane }: Pick<LoadedAgent, 'host' | 'tmuxPane'>,
): string | null {
  if (host !== hostId) return 'it runs on another machine: ask the server there';
  return tmuxPane === null ? 'it runs outside tmux: answer it in its own terminal' : null;
}

interface Seen {
  readonly agent: LoadedAgent;
  readonly dialog: OpenRequest;
  readonly request: AskedRequest;
  readonly sight: TerminalSight;
}

/** Null where it has been answered. */
function possibleNow(
  { agent, dialog, request, sight }: Seen,
  { clock }: Pick<BridgeContext, 'clock'>,
): Possible | null {
  if (sight.kind !== 'shown') return nothing(`its terminal cannot be read: ${sight.why}`);
  const { activity } = agent.state;
  const shown = sight.reading.dialog;
  if (shown === null || !showsRequest(shown, request)) {
    if (isAnswered(activity, dialog)) return null;
    return nothing(
      shown === null ? 'its screen does not show the dialog' : 'its screen shows another dialog',
    );
  }
  const { fingerprint } = shown;
  const claim = { fingerprint, hookEventId: dialog.hookEventId };
  if (isClaimed(activity, claim, clock.now())) return null;
  const { allow, takesReason, typing } = dialogChoices(shown);
  if (typing) return nothing('somebody types a reason into its dialog');
  const scopes = Object.keys(allow) as ApprovalScope[];
  return {
    decisions: scopes.length === 0 ? ['deny'] : ['allow', 'deny'],
    scopes,
    takesReason,
    why: null,
  };
}

const nothing = (why: string | null): Possible => ({
  decisions: [],
  scopes: [],
  takesReason: false,
  why,
});
