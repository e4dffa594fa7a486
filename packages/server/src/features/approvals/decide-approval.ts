/**
 * Answers one request of an agent, and no other.
 *
 *   look: is this the dialog that was meant? ─► claim it, under the agent's lock ─► keys, without the
 *   lock, on the condition that the same rows are on the screen ─► seen to be gone
 *
 * The claim is what makes the first answer win. Who finds it taken is too late. It changes no state
 * of the agent: what follows from the keys is told by hooks and the session file.
 */
import type { ApprovalDecision, ApprovalResult, ApprovalScope } from '@headspace/contract';
import {
  CLAIM_MS,
  claimDialog,
  type DialogClaim,
  isAnswered,
  releaseClaim,
} from '../../domain/dialog-claim.ts';
import {
  dialogChoices,
  type DialogChoices,
  type ScreenDialog,
  showsRequest,
} from '../../domain/screen/index.ts';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import type { TmuxDone, TmuxKey } from '../../platform/tmux/index.ts';
import { type LoadedAgent, withAgents } from '../agents/index.ts';
import {
  type BridgeContext,
  dialogRows,
  existing,
  look,
  notPressed,
  pressOn,
  settle,
  type ShownTerminal,
} from '../tmux-bridge/index.ts';
import { denyWithReason } from './deny-with-reason.ts';
import { openRequests, outOfReach } from './list-approvals.ts';
import { type AskedRequest, findRequests } from './queries.ts';

const LOCK_TIMEOUT_MS = 10_000;
/** Nothing is pressed after it, so that no key comes when the claim is another's. */
const KEYS_MS = CLAIM_MS - 1_500;

/**
 * @throws HeadspaceError not_found, approval_decided, dialog_changed, scope_not_offered,
 * reason_not_taken, agent_ended, agent_unreachable, terminal_unavailable
 */
export async function decideApproval(
  context: BridgeContext,
  id: number,
  wanted: ApprovalDecision,
): Promise<ApprovalResult> {
  const request = (await findRequests(context.pool, [id])).get(id);
  if (request === undefined || request.tool === 'AskUserQuestion') {
    throw new HeadspaceError('not_found', `There is no approval ${id}.`);
  }
  const agent = await existing(context, request.agentId);
  assertOpen(agent, id);
  if (outOfReach(context, agent) !== null) {
    throw new HeadspaceError(
      'agent_unreachable',
      `Agent ${agent.id} has no tmux pane: answer it in its own terminal.`,
    );
  }
  const sight = await look(context, agent);
  const dialog = dialogOf(sight, agent, request);
  const keys = keysFor(dialog, wanted);
  const claim = await takeClaim(context, request, dialog.fingerprint);
  const signal = AbortSignal.timeout(KEYS_MS);
  const done =
    keys.reason === undefined
      ? await pressOn(context, sight, { keys: [keys.key], rows: dialogRows(dialog), signal })
      : await denyWithReason(context, sight, {
          dialog,
          key: keys.key,
          reason: keys.reason,
          signal,
        });
  if (done.kind !== 'done') {
    await giveBack(context, request.agentId, { claim, done });
    throw notPressed(done);
  }
  const result = await settle(
    context,
    agent,
    ({ dialog: now }) => now === null || !showsRequest(now, request),
  );
  return { ...result, id, decision: wanted.decision, scope: keys.scope };
}

function assertOpen(agent: LoadedAgent, id: number): void {
  if (openRequests(agent).some(({ hookEventId }) => hookEventId === id)) return;
  throw decided(id);
}

const decided = (id: number): HeadspaceError =>
  new HeadspaceError('approval_decided', `Approval ${id} is no longer open.`);

/** The dialog on the screen, if it is the one that asks this. */
function dialogOf(
  { reading: { dialog } }: ShownTerminal,
  { state }: LoadedAgent,
  request: AskedRequest,
): ScreenDialog {
  if (dialog !== null && showsRequest(dialog, request)) return dialog;
  if (isAnswered(state.activity, { hookEventId: request.id })) throw decided(request.id);
  throw new HeadspaceError(
    'dialog_changed',
    dialog === null
      ? 'Its screen does not show the dialog.'
      : `Its screen shows another dialog, or one that cannot be compared: ${dialog.title}.`,
  );
}

type Keys =
  | { readonly key: TmuxKey; readonly scope: ApprovalScope | null; readonly reason?: undefined }
  | { readonly key: `${number}`; readonly scope: null; readonly reason: string };

function keysFor(dialog: ScreenDialog, { decision, reason, scope }: ApprovalDecision): Keys {
  const choices = dialogChoices(dialog);
  if (choices.typing)
    throw new HeadspaceError('dialog_changed', 'A reason is being typed into it.');
  if (decision === 'allow') return allowing(choices, scope ?? 'once');
  const { deny, takesReason } = choices;
  if (reason === undefined) {
    return { key: deny === null ? 'Escape' : `${Number(deny)}`, scope: null };
  }
  if (deny !== null && takesReason) return { key: `${Number(deny)}`, scope: null, reason };
  throw new HeadspaceError('reason_not_taken', 'It takes a plain no only.');
}

function allowing({ allow }: DialogChoices, scope: ApprovalScope): Keys {
  const key = allow[scope];
  if (key !== undefined) return { key: `${Number(key)}`, scope };
  const offered = Object.keys(allow).join(', ');
  throw new HeadspaceError(
    'scope_not_offered',
    offered === '' ? 'It offers none that is known.' : `It offers ${offered}.`,
  );
}

/** Under the lock, for as long as a read and a write take. */
async function takeClaim(
  context: BridgeContext,
  { id, agentId }: AskedRequest,
  fingerprint: string,
): Promise<DialogClaim> {
  const options = { purpose: 'approval', timeoutMs: LOCK_TIMEOUT_MS };
  return withAgents(context, [agentId], options, async (section) => {
    const agent = section.agents.get(agentId);
    if (agent === undefined) throw decided(id);
    assertOpen(agent, id);
    const wanted = { fingerprint, hookEventId: id, at: context.clock.now() };
    const claim = claimDialog(agent.state.activity, wanted);
    if (claim === null) throw decided(id);
    await section.persist();
    return claim;
  });
}

/** Where it is certain that no key has closed the dialog; else the claim ends by its time. */
async function giveBack(
  context: BridgeContext,
  agentId: number,
  { claim, done }: { claim: DialogClaim; done: TmuxDone },
): Promise<void> {
  if (done.kind !== 'refused') return;
  const options = { purpose: 'approval', timeoutMs: LOCK_TIMEOUT_MS };
  await withAgents(context, [agentId], options, async (section) => {
    const agent = section.agents.get(agentId);
    if (agent === undefined) return;
    releaseClaim(agent.state.activity, claim);
    await section.persist();
  });
}
