/** What a launch asks of tmux and of Claude Code, and which step may follow which. Pure. */
import type { LaunchState } from '@headspace/contract';

/** As stored: `ended` is said of a running one whose agent has ended. */
export type StoredLaunchState = Exclude<LaunchState, 'ended'>;

/** From where each state can be reached; the reason for `requested` is its row alone. */
export const LAUNCH_STEPS: Readonly<Record<StoredLaunchState, readonly StoredLaunchState[]>> = {
  requested: [],
  starting: ['requested'],
  running: ['starting'],
  failed: ['requested', 'starting'],
  stopping: ['requested', 'starting', 'running'],
  stopped: ['stopping'],
};

/** tmux takes neither `.` nor `:` in a name; the uuid's part makes it nobody else's. */
export function sessionName(id: number, uuid: string): string {
  return `headspace-${id}-${uuid.slice(0, 8)}`;
}

/** The job's name on this host: a server of another one does not know it. */
export const launchJobName = (host: string): string => `launch@${host}`;
export const launchJobKey = (id: number): string => `launch ${id}`;

/** Arguments of Claude Code 2.1 for what was asked. */
export function claudeArguments({
  model,
  permissionMode,
}: {
  readonly model: string | null;
  readonly permissionMode: string | null;
}): string[] {
  return [
    ...(model === null ? [] : ['--model', model]),
    ...(permissionMode === null ? [] : ['--permission-mode', permissionMode]),
  ];
}

const LAST_LINES = 3;

/** The last words on a screen, for the reason of a failure. */
export function lastWords(screen: string): string | null {
  const lines = screen
    .split('\n')
    .map((line) => line.trim())
    // tmux writes "Pane is dead (status 1, …)" below what the program has left.
    .filter((line) => line !== '' && !line.startsWith('Pane is dead'));
  return lines.length === 0 ? null : lines.slice(-LAST_LINES).join(' / ');
}
