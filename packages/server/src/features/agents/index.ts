/** Agents: the section through which they change, their rows and their views. */
export { agentName, agentNames } from './agent-names.ts';
export type { AgentsContext } from './context.ts';
export {
  type AgentProcess,
  leaveDeadPane,
  loadAgent,
  type LoadedAgent,
  type Project,
} from './loaded-agent.ts';
export { turnsAfter } from './history-queries.ts';
export type { AppliedEvent } from './persist-rows.ts';
export { type AlsoWrite, SHUT_OUT } from './persist.ts';
export { findAgent, findAgents, findCandidates, nextAgentId, projectOf } from './queries.ts';
export {
  FencedError,
  newAgent,
  type Section,
  type SectionOptions,
  withAgentOrSkip,
  withAgents,
  witness,
} from './section.ts';
export { type AgentRoutesOptions, agentRoutes } from './routes.ts';
export { agentView } from './view.ts';
