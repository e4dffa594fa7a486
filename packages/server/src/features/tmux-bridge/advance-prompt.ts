/** One look at one agent's queue: what is decided without a lock is decided again inside of it. */
import { ENTER_AGAIN_MS } from '../../domain/prompt-flight.ts';
import { findAgent, loadAgent, type LoadedAgent, withAgentOrSkip } from '../agents/index.ts';
import type { BridgeContext } from './context.ts';
import { payloadOf } from './payload.ts';
import { writePromptFile } from './prompt-file.ts';
import { type FrontPrompt, frontPrompt } from './queries.ts';
import { decide, Sending, type Sent } from './send-prompt.ts';
import { lookAtTerminal } from './terminal.ts';

/** `nothing`: no prompt to deliver from here · `busy`: somebody else has the agent's lock. */
export type Advance = Sent | 'nothing' | 'busy';

export async function advancePrompt(context: BridgeContext, agentId: number): Promise<Advance> {
  const { pool, clock } = context;
  const [row, prompt] = await Promise.all([findAgent(pool, agentId), frontPrompt(pool, agentId)]);
  if (row === undefined || prompt === undefined || row.host !== context.hostId) return 'nothing';
  const agent = loadAgent(row);
  if (isAwaited(agent, prompt, clock.now())) return 'sent';
  const sight = await lookAtTerminal(context, agent);
  const payload = payloadOf(context, prompt, sight);
  const step = decide(context, agent, prompt, payload, sight);
  if (step.do === 'wait' && (step.why === null || step.why === prompt.reason)) return 'waits';
  if (step.do === 'send' && payload.file !== null) {
    await writePromptFile(payload.file, prompt.body);
  }
  const purpose = `deliver prompt ${prompt.id}`;
  const done = await withAgentOrSkip(context, agentId, { purpose }, async (section) => {
    const fresh = section.agents.get(agentId);
    const now = await frontPrompt(pool, agentId);
    if (fresh === undefined || now === undefined || !isSame(prompt, now)) return 'again' as const;
    return new Sending(context, section, { agent: fresh, prompt: now, payload }).run();
  });
  if (done.acquired && done.value === 'sent') context.onEntered(agent);
  return done.acquired ? done.value : 'busy';
}

/** Enter was pressed a moment ago: its proof is on the way, and nothing has to be looked at. */
function isAwaited(agent: LoadedAgent, prompt: FrontPrompt, now: number): boolean {
  const { delivery } = agent.state.activity;
  return (
    prompt.state === 'pasted' &&
    delivery?.promptId === prompt.id &&
    (delivery.enters ?? 0) > 0 &&
    now - (delivery.enteredAt ?? 0) < ENTER_AGAIN_MS
  );
}

function isSame(before: FrontPrompt, now: FrontPrompt): boolean {
  return before.id === now.id && before.state === now.state && before.revision === now.revision;
}
