/** `/api/approvals`. */
import { ApprovalDecision } from '@headspace/contract';
import type { FastifyPluginAsync } from 'fastify';
import { HeadspaceError } from '../../platform/headspace-error.ts';
import type { BridgeContext } from '../tmux-bridge/index.ts';
import { decideApproval } from './decide-approval.ts';
import { listApprovals } from './list-approvals.ts';

export function approvalRoutes(context: BridgeContext): FastifyPluginAsync {
  return async (app) => {
    app.get('/api/approvals', async () => ({ approvals: await listApprovals(context) }));

    app.post<{ Params: { id: string } }>('/api/approvals/:id', async ({ params, body }) =>
      decideApproval(context, approvalIdOf(params.id), ApprovalDecision.parse(body)),
    );
  };
}

function approvalIdOf(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new HeadspaceError('not_found', `There is no approval ${text}.`);
}
