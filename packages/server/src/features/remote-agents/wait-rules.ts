/** When a wait for a remote agent is over. Pure. */
import type { RemoteAgentView, RemoteWait } from '@headspace/contract';

/** Nothing will come any more. */
export function isOver({ status }: Pick<RemoteAgentView, 'status'>): boolean {
  return status === 'ended' || status === 'failed' || status === 'stopped';
}

/**
 * Whether one of the words is true now. A prompt on its way will move the agent on, so that its rest
 * before it is not what is waited for.
 */
export function isReached(
  { status, agent }: Pick<RemoteAgentView, 'status' | 'agent'>,
  until: readonly RemoteWait[],
): boolean {
  if (isOver({ status })) return true;
  const rests = agent !== null && agent.prompts.queued + agent.prompts.inFlight === 0;
  return until.some((word) => {
    switch (word) {
      case 'running':
        return status === 'running';
      case 'idle':
      case 'your_turn':
        return rests && agent.attention === word;
      case 'needs_you':
        return agent?.attention === word;
      case 'ended':
        return agent?.attention === word;
    }
  });
}
