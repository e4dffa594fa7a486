/** Launches in words for the terminal. */
import type { LaunchView } from '@headspace/contract';

/** One line on where a launch is. */
export function describeLaunch({ id, state, reason, agentId }: LaunchView): string {
  const why = reason === null ? '' : `: ${reason}`;
  const agent = state === 'running' && agentId !== null ? ` as agent ${agentId}` : '';
  return `launch ${id} ${WORDS[state]}${agent}${why}`;
}

const WORDS: Readonly<Record<LaunchView['state'], string>> = {
  requested: 'waits for a server of its machine',
  starting: 'is starting',
  running: 'runs',
  ended: 'has ended',
  failed: 'failed',
  stopping: 'is being stopped',
  stopped: 'was stopped',
};

/** How to see its terminal. */
export function attachLine({ tmuxSession, tmuxSocket }: LaunchView): string {
  const socket = tmuxSocket === null ? '' : ` -S ${tmuxSocket}`;
  return `tmux${socket} attach -t ${tmuxSession}`;
}
