/** Approvals: the permissions and plans that agents wait for, and the decisions on them. */
export { approvalRoutes } from './routes.ts';
