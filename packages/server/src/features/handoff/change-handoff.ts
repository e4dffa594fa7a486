/** What a person does with a handoff: try its failed step again, or give it up. */
import { HeadspaceError } from '../../platform/headspace-error.ts';
import { findAgent, type LoadedAgent } from '../agents/index.ts';
import { storeStop } from '../launches/index.ts';
import type { HandoffContext } from './context.ts';
import { inHandoff, stepped, takeBack } from './handoff-section.ts';
import { findHandoff, type HandoffRow, wakeHandoff } from './queries.ts';

const LOCK_TIMEOUT_MS = 10_000;

/** @throws HeadspaceError not_found, handoff_step, agent_ended */
export async function resumeHandoff(context: HandoffContext, id: number): Promise<HandoffRow> {
  const seen = await existing(context, id);
  const { successorId } = seen;
  const options = { purpose: 'resume handoff', timeoutMs: LOCK_TIMEOUT_MS, successorId };
  return changed(
    id,
    await inHandoff(context, seen, options, async ({ handoff, predecessor, successor }) => {
      await Promise.resolve();
      const attempt = handoff.attempt + 1;
      const row = stepped(context, handoff, 'resume', { attempt, promptId: null });
      if (row === null) throw notAllowed(handoff, 'resumed');
      const asked = row.state === 'examining' ? successor : predecessor;
      const needed = row.state === 'examining' || row.state === 'requested';
      if (needed && asked !== null) assertLives(asked);
      return {
        row,
        first: async (client) => {
          await wakeHandoff(client, row);
          // A successor that came too late: it is started anew, and there shall be one.
          const late = row.state === 'written' ? handoff.launchId : null;
          if (late !== null) await storeStop(client, late, context.clock.now());
          return {};
        },
      };
    }),
  );
}

/**
 * Before the successor has taken over: its start is undone and the agent goes on. After that only the
 * exam is left out; where the successor has ended meanwhile, the agent is no longer sealed.
 *
 * @throws HeadspaceError not_found, handoff_step
 */
export async function abandonHandoff(context: HandoffContext, id: number): Promise<HandoffRow> {
  const seen = await existing(context, id);
  const { successorId } = seen;
  const options = { purpose: 'abandon handoff', timeoutMs: LOCK_TIMEOUT_MS, successorId };
  const row = changed(
    id,
    await inHandoff(
      context,
      seen,
      options,
      async ({ section, handoff, predecessor, successor }) => {
        if (handoff.state === 'abandoned') return null;
        const next = stepped(context, handoff, 'abandon', { promptId: null });
        if (next === null) throw notAllowed(handoff, 'abandoned');
        if (handoff.successorId !== successorId) throw movedOn(id);
        const asked = successorId === null ? predecessor : successor;
        await takeBack(context, section, asked, handoff.promptId);
        const isOver = successor !== null && successor.state.ending !== null;
        if (isOver && predecessor.successorId === successor.id) {
          predecessor.successorId = null;
        }
        const { launchId } = handoff;
        if (launchId === null || successorId !== null) return { row: next };
        return {
          row: next,
          first: async (client) => {
            await storeStop(client, launchId, context.clock.now());
            return {};
          },
        };
      },
    ),
  );
  context.onQueued(row.agentId);
  if (row.successorId !== null) context.onQueued(row.successorId);
  return row;
}

function assertLives({ id, state }: LoadedAgent): void {
  if (state.ending === null) return;
  throw new HeadspaceError('agent_ended', `Agent ${id} has ended: ${state.ending.reason}.`);
}

async function existing({ pool }: HandoffContext, id: number): Promise<HandoffRow> {
  const handoff = await findHandoff(pool, id);
  if (handoff === undefined || (await findAgent(pool, handoff.agentId)) === undefined) {
    throw noSuchHandoff(id);
  }
  return handoff;
}

function changed(id: number, row: HandoffRow | undefined): HandoffRow {
  if (row === undefined) throw noSuchHandoff(id);
  return row;
}

export const noSuchHandoff = (id: number | string): HeadspaceError =>
  new HeadspaceError('not_found', `There is no handoff ${id}.`);

const movedOn = (id: number): HeadspaceError =>
  new HeadspaceError('conflict', `Handoff ${id} has moved on meanwhile.`);

function notAllowed({ id, state }: HandoffRow, what: string): HeadspaceError {
  return new HeadspaceError('handoff_step', `Handoff ${id} is ${state} and cannot be ${what}.`);
}
