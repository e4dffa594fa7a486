/** People take agents off the board, and bring them back. */
export { dismissalRoutes, type DismissalRoutesOptions } from './routes.ts';
