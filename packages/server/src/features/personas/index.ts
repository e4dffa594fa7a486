/** Personas: what agents are told of who they are, exactly once per context, and what they learn. */
export { personaProblem } from './assign.ts';
export { claimAlongside, claimLinked } from './claim.ts';
export type { PersonasContext } from './context.ts';
export { answerStart } from './deliver.ts';
export { injectionJob, startCameAgain } from './injection-job.ts';
export { learningJob } from './learnings.ts';
export { personaRoutes } from './routes.ts';
