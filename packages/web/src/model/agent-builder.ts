/** Agents for tests: a plain one, with what the test is about set on top. */
import type { AgentView } from '@headspace/contract';

export function agentOf(over: Partial<AgentView> & { id: number }): AgentView {
  const at = '2026-05-20T12:00:00.000Z';
  return {
    uuid: `00000000-0000-4000-8000-${String(over.id).padStart(12, '0')}`,
    name: `agent-${over.id}`,
    sessionId: `session-${over.id}`,
    sessionIds: [`session-${over.id}`],
    project: { id: 1, name: 'shop', path: '/home/dev/shop' },
    state: 'idle',
    attention: 'idle',
    reason: 'Nothing asked yet',
    since: at,
    rule: 'fresh-session',
    evidence: [],
    command: null,
    dialogs: [],
    background: [],
    context: null,
    usage: null,
    prompts: { queued: 0, inFlight: 0, failed: 0 },
    screen: null,
    persona: null,
    personaNotice: null,
    launchId: null,
    predecessorId: null,
    successorId: null,
    handoff: null,
    launchedFor: null,
    tmuxPane: null,
    tmuxSocket: null,
    pid: null,
    host: 'devbox',
    kind: 'interactive',
    createdAt: at,
    lastSeenAt: at,
    endedAt: null,
    endedReason: null,
    ...over,
  };
}
