/** The real Claude Code CLI for tests: its installation, its home, its sessions, and a model that it talks to. */
export { installClaude, type ClaudeInstall } from './install.ts';
export {
  createClaude,
  type Claude,
  type ClaudeOptions,
  type PrintOptions,
  type PrintResult,
} from './claude-home.ts';
export type { ClaudeSession, SessionFile, StartOptions } from './session.ts';
export { createModelStub, type ModelRequest, type ModelStub } from './model-stub.ts';
export * from './model-steps.ts';
export { createHookRecorder, type HookRecorder, type ReceivedHook } from './hook-recorder.ts';
