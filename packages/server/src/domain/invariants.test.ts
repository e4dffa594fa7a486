/** What holds after any hooks in any order: no sequence confuses the rules. */
import { type HookEventName, SCREEN_FACTS } from '@headspace/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Chain, REVIVING } from './testing/chain.ts';

const promptId = fc.constantFrom('p1', 'p2', 'p3');
const subagent = fc.option(fc.constantFrom('a1', 'a2'), { nil: undefined });
const toolUseId = fc.constantFrom('t1', 't2', 't3');
const common = { prompt_id: fc.option(promptId, { nil: undefined }) };
const tool = fc.record({
  ...common,
  tool_name: fc.constantFrom('Bash', 'AskUserQuestion', 'ExitPlanMode'),
  tool_input: fc.constantFrom({ command: 'a' }, { command: 'b' }),
  tool_use_id: toolUseId,
  agent_id: subagent,
});
const child = fc.record({
  ...common,
  agent_id: fc.constantFrom('a1', 'a2'),
  agent_type: fc.constantFrom('', 'Explore'),
});
const task = fc.record({
  id: fc.constantFrom('a1', 'a2', 's1'),
  type: fc.constantFrom('subagent', 'shell', 'teammate'),
  status: fc.constantFrom('running', 'done'),
});
const PAYLOADS: Partial<Record<HookEventName, fc.Arbitrary<object>>> = {
  SessionStart: fc.record({ source: fc.constantFrom('startup', 'resume', 'clear', 'compact') }),
  SessionEnd: fc.record({ reason: fc.constantFrom('clear', 'resume', 'other') }),
  UserPromptSubmit: fc.record({
    ...common,
    prompt: fc.constantFrom('go', '<task-notification>x</task-notification>'),
  }),
  PreToolUse: tool,
  PostToolUse: tool,
  PostToolUseFailure: tool,
  PermissionRequest: tool,
  PermissionDenied: tool,
  PostToolBatch: toolUseId.map((id) => ({ tool_calls: [{ tool_use_id: id }] })),
  Stop: fc.record({ ...common, background_tasks: fc.array(task, { maxLength: 2 }) }),
  StopFailure: fc.record({ ...common, error: fc.constantFrom('rate_limit', 'server_error') }),
  SubagentStart: child,
  SubagentStop: child,
  PreCompact: fc.record({ trigger: fc.constantFrom('auto', 'manual') }),
  PostCompact: fc.record({ trigger: fc.constantFrom('auto', 'manual') }),
  Elicitation: fc.record({ mcp_server_name: fc.constant('m') }),
  ElicitationResult: fc.record({ action: fc.constantFrom('accept', 'cancel') }),
  Notification: fc.record({ notification_type: fc.constantFrom('idle_prompt', 'other') }),
};
const hook = fc.oneof(
  ...Object.entries(PAYLOADS).map(([name, payload]) =>
    payload.map((fields) => ({ name: name as HookEventName, fields })),
  ),
);
const file = fc.constantFrom(
  'idle' as const,
  'busy' as const,
  'waiting' as const,
  'shell' as const,
);
const screen = fc.record({
  screen: fc.option(fc.constantFrom(...SCREEN_FACTS), { nil: null }),
});
const person = fc.record({ act: fc.constantFrom('dismiss' as const, 'restore' as const) });
const step = fc.oneof(
  { weight: 12, arbitrary: hook },
  { weight: 2, arbitrary: file },
  { weight: 2, arbitrary: screen },
  { weight: 1, arbitrary: person },
);

function expectSound(chain: Chain): void {
  const { activity, command, ending } = chain.agent;
  const { attention, state } = chain.shown;
  const open = [...chain.ledger.commands.values()].filter((each) => each.completedAt === null);
  expect(open.length).toBeLessThanOrEqual(1);
  expect(open[0]?.id).toBe(command?.completedAt === null ? command.id : undefined);
  expect(attention === 'ended').toBe(ending !== null);
  // Before the first sign, and while a shell stands in the place of Claude Code.
  if (attention === 'unknown') {
    expect(['nothing-seen', 'screen-shell']).toContain(activity.shown.rule);
  }
  if (ending !== null) expect(['idle', 'complete']).toContain(state);
  else if (activity.dialogs.length > 0) expect(attention).toBe('needs_you');
  // Whoever is told that it is their turn finds nothing open.
  if (attention === 'your_turn' || attention === 'idle') {
    expect(['idle', 'complete']).toContain(state);
    expect(activity.dialogs).toEqual([]);
  }
  if (state === 'awaiting_input') {
    expect(['needs_you', 'working', 'limit', 'stalled', 'unknown']).toContain(attention);
  }
}

test('500 random histories stay sound at every step', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      const chain = new Chain();
      for (const [n, each] of steps.entries()) {
        // After the end correlation lets nothing through but what revives.
        const over = chain.agent.ending !== null;
        if (typeof each === 'string') {
          if (!over) chain.sessionFile(each, n);
        } else if ('screen' in each) {
          if (!over) chain.screen(each.screen, n);
        } else if ('act' in each) {
          const byPerson = chain.agent.ending?.by === 'person';
          if (each.act === 'dismiss' ? !over : byPerson) chain.person(each.act, n);
        } else if (!over || REVIVING.has(each.name)) chain.hook(each.name, each.fields, n);
        expectSound(chain);
      }
    }),
    { numRuns: 500, seed: 20_261_101 },
  );
});
