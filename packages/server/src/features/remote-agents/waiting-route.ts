/** `GET /api/remote-agents/:id`: how it stands, now or after a change. */
import { RemoteAgentQuery, type RemoteAgentStatus } from '@headspace/contract';
import type { FastifyInstance } from 'fastify';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import type { RemoteAgentsContext } from './context.ts';
import { ownRemote, readWhole, type WholeRemote } from './read-remote-agent.ts';
import { waitForChange } from './wait-for-change.ts';
import { isReached } from './wait-rules.ts';

interface Params {
  Params: { id: string };
}

const RETRY_SECONDS = 5;

export function waitingRoute(app: FastifyInstance, context: RemoteAgentsContext): void {
  const { callers, settings } = context;
  let waiting = 0;
  app.get<Params>('/api/remote-agents/:id', async (request, reply) => {
    const { waitMs, after, until } = RemoteAgentQuery.parse(request.query);
    const caller = callers.of(request);
    const remote = await ownRemote(context, caller, request.params.id, 'agents:read');
    const { view: first } = await readWhole(context, remote);
    const known = after ?? first.version;
    const isDone = (view: typeof first): boolean =>
      until === undefined ? view.version !== known : isReached(view, until);
    if (waitMs === 0) return status(first, until === undefined || isDone(first));
    if (isDone(first)) return status(first, true);
    if (waiting >= settings['remoteAgents.maxWaits']) {
      throw new HeadspaceError('too_many_waits', undefined, { retryAfterSeconds: RETRY_SECONDS });
    }
    waiting += 1;
    const gone = new AbortController();
    const onClose = (): void => gone.abort();
    reply.raw.once('close', onClose);
    try {
      const read = async (): Promise<WholeRemote> => {
        await callers.confirm(caller);
        return readWhole(context, remote);
      };
      const { view } = await waitForChange(context, {
        read,
        isDone: (whole) => isDone(whole.view),
        waitMs,
        gone: gone.signal,
      });
      return status(view, isDone(view));
    } finally {
      waiting -= 1;
      reply.raw.off('close', onClose);
    }
  });
}

const status = (view: Omit<RemoteAgentStatus, 'reached'>, reached: boolean): RemoteAgentStatus => ({
  ...view,
  reached,
});
