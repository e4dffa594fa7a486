/** Whether agents still live, judged by what this machine shows of them. */
export { AgentReaper, type AgentReaperOptions } from './agent-reaper.ts';
