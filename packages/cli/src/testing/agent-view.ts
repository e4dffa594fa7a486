import type { AgentView, Attention } from '@headspace/contract';

/** An agent that has been like this for `id` minutes. */
export function agent(id: number, attention: Attention, reason: string): AgentView {
  const at = new Date(Date.now() - id * 60_000).toISOString();
  return {
    id,
    uuid: '5f0c1b7e-0000-4000-8000-000000000000',
    name: `agent ${id}`,
    sessionId: 's',
    sessionIds: ['s'],
    project: { id: 1, name: 'app', path: '/app' },
    state: 'processing',
    attention,
    reason,
    since: at,
    rule: 'r',
    evidence: [],
    command: {
      id,
      state: 'processing',
      prompt: 'fix\nthe  bug',
      startedAt: at,
      completedAt: null,
      outcome: null,
      output: null,
    },
    dialogs: [],
    background: [],
    context: null,
    screen: null,
    usage: null,
    persona: null,
    launchId: null,
    launchedFor: null,
    tmuxPane: null,
    prompts: { queued: 0, inFlight: 0, failed: 0 },
    tmuxSocket: null,
    pid: 1,
    host: 'h',
    kind: 'interactive',
    createdAt: at,
    lastSeenAt: at,
    endedAt: null,
    endedReason: null,
  };
}
