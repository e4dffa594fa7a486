import { describe, expect, test } from 'vitest';
import { type Activity, type Dialog, freshActivity } from './activity.ts';
import type { AgentState, Command } from './agent-state.ts';
import { deriveAttention } from './attention.ts';

const AT = 1_000;

function agent(activity: Partial<Activity> = {}, more: Partial<AgentState> = {}): AgentState {
  return { activity: { ...freshActivity(AT), ...activity }, command: null, ending: null, ...more };
}

const dialog = (more: Partial<Dialog> = {}): Dialog => ({
  kind: 'permission',
  toolUseId: null,
  inputKey: 'k',
  subagent: null,
  subagentType: null,
  summary: 'Bash: ls',
  since: AT,
  ...more,
});
const command: Command = {
  id: 1,
  state: 'complete',
  prompt: 'go',
  promptId: 'p1',
  startedAt: AT,
  completedAt: AT,
  outcome: 'finished',
  output: 'known',
};
const tool = (name: string, subagent: string | null = null) => ({
  name,
  inputKey: 'k',
  subagent,
  at: AT,
});
const file = (
  status: 'busy' | 'waiting' | 'idle',
  at: number,
  waitingFor: string | null = null,
) => ({
  pid: 1,
  status,
  waitingFor,
  at,
});

const running = { turn: 'running' } as const;
const finished = { turn: 'finished' } as const;

/** What is known, then attention, rule and reason. */
const CASES: readonly (readonly [string, AgentState, string, string, string])[] = [
  ['nothing yet', agent(), 'idle', 'nothing-asked', 'nothing asked yet'],
  ['at work', agent(running), 'working', 'turn-running', 'works on the prompt'],
  [
    'own tools, each named once, those of subagents not',
    agent({
      ...running,
      tools: { a: tool('Read'), b: tool('Read'), c: tool('Bash'), d: tool('Grep', 's1') },
    }),
    'working',
    'turn-running',
    'runs Read, Bash',
  ],
  [
    'a dialog',
    agent({ ...running, dialogs: [dialog()] }),
    'needs_you',
    'open-dialog',
    'asks for permission: Bash: ls',
  ],
  [
    'several dialogs, the oldest named',
    agent({
      ...running,
      dialogs: [dialog({ kind: 'question', summary: 'Which?' }), dialog(), dialog()],
    }),
    'needs_you',
    'open-dialog',
    'asks a question: Which? (and 2 more)',
  ],
  [
    'a plan',
    agent({ ...running, dialogs: [dialog({ kind: 'plan', summary: 'ExitPlanMode' })] }),
    'needs_you',
    'open-dialog',
    'asks for approval of its plan: ExitPlanMode',
  ],
  [
    'a form',
    agent({ ...running, dialogs: [dialog({ kind: 'elicitation', summary: 'shop: Size?' })] }),
    'needs_you',
    'open-dialog',
    'asks for input: shop: Size?',
  ],
  [
    'a session file that waits, newer than the last hook',
    agent({ ...running, sessionFile: file('waiting', AT, 'permission prompt') }),
    'needs_you',
    'session-file-waiting',
    'waits for a person: permission prompt',
  ],
  [
    'a session file that waits, older than the last hook',
    agent({ ...running, sessionFile: file('waiting', AT - 1, 'permission prompt') }),
    'working',
    'turn-running',
    'works on the prompt',
  ],
  [
    'a limit',
    agent({ turn: 'failed', failure: { error: 'rate_limit', message: 'try at 5' } }),
    'limit',
    'turn-failed',
    'stopped by an error (rate_limit): try at 5',
  ],
  [
    'an error',
    agent({ turn: 'failed', failure: { error: 'server_error', message: '' } }),
    'needs_you',
    'turn-failed',
    'stopped by an error (server_error)',
  ],
  [
    'compaction at rest',
    agent({ ...finished, compacting: 'manual' }),
    'working',
    'compacting',
    'compacts its context',
  ],
  ['a finished turn', agent(finished), 'your_turn', 'turn-over', 'the turn is finished'],
  [
    'a finished turn beside shells, teammates not counted',
    agent({
      ...finished,
      tasks: [
        { id: '1', type: 'shell', description: null },
        { id: '2', type: 'shell', description: null },
        { id: '3', type: 'teammate', description: null },
      ],
    }),
    'your_turn',
    'turn-over',
    'the turn is finished; 2 background shells running',
  ],
  [
    'a finished turn with a subagent at work',
    agent({ ...finished, subagents: { a: { type: 'Explore', since: AT } } }),
    'working',
    'background-work',
    'a background subagent still at work',
  ],
  [
    'a finished turn, and a session file that is busy since',
    agent({ ...finished, sessionFile: file('busy', AT + 1) }),
    'working',
    'session-file-busy',
    "Claude's session file says busy",
  ],
  [
    'a finished turn, and a session file that was busy before',
    agent({ ...finished, sessionFile: file('busy', AT - 1) }),
    'your_turn',
    'turn-over',
    'the turn is finished',
  ],
  [
    'an interrupt',
    agent({ turn: 'interrupted' }),
    'your_turn',
    'turn-over',
    'the turn was interrupted',
  ],
  [
    'a resume with work behind it',
    agent({ turn: 'resumed' }, { command }),
    'your_turn',
    'resumed',
    'resumed, nothing asked since',
  ],
  ['a resume of nothing', agent({ turn: 'resumed' }), 'idle', 'nothing-asked', 'nothing asked yet'],
  [
    'doubt, which is stronger than all but the end',
    agent({ ...running, dialogs: [dialog()], doubt: 'who knows' }),
    'unknown',
    'doubt',
    'who knows',
  ],
  [
    'the end',
    agent(
      { ...running, dialogs: [dialog()], doubt: 'who knows' },
      { ending: { at: AT, reason: 'session ended (other)', by: 'hook' } },
    ),
    'ended',
    'ended',
    'session ended (other)',
  ],
];

describe('attention', () => {
  test.each(CASES)('%s', (_name, state, attention, rule, reason) => {
    expect(deriveAttention(state)).toEqual({ attention, rule, reason });
  });

  test('a failed turn without its error is not decided, and says so', () => {
    expect(deriveAttention(agent({ turn: 'failed' })).attention).toBe('unknown');
  });
});
