/**
 * Sessions that send their hooks one after the other, as Claude Code does, each to whichever server
 * answers. What got no answer is sent again under the same id, as the hook script's spool does.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { HOOK_HEADERS, hookSlug } from '@headspace/contract';
import { oneOf } from '@headspace/testkit/random';
import type { Fleet } from './fleet.ts';

export interface Load {
  /** Ids of the events that were answered 2xx. */
  readonly answered: Set<string>;
  /** Whole turns of each session. */
  readonly turnsOf: Map<string, number>;
  /** Set to end it; each session ends after a whole turn. */
  stopped: boolean;
}

const PATIENCE_MS = 2_000;
const PAUSE_MS = 20;
/** Longer than any fault with what follows it. */
const LONGEST_MS = 90_000;

/** Resolves when all sessions have ended after `load.stopped`. */
export async function runSessions(
  fleet: Fleet,
  load: Load,
  names: readonly string[],
  random: () => number,
): Promise<void> {
  await Promise.all(names.map((name) => runSession(fleet, load, name, random)));
}

async function runSession(
  fleet: Fleet,
  load: Load,
  session: string,
  random: () => number,
): Promise<void> {
  let sent = 0;
  const send = async (event: string, more: object): Promise<void> => {
    const eventId = `${session}-${++sent}`;
    const body = JSON.stringify({ session_id: session, cwd: `/repo/${session}`, ...more });
    const deadline = performance.now() + LONGEST_MS;
    while (!(await deliver(fleet, { event, eventId, session, body }, random))) {
      if (performance.now() > deadline) {
        throw new Error(`${event} of ${session} was not taken within ${LONGEST_MS} ms`);
      }
      await sleep(PAUSE_MS);
    }
    load.answered.add(eventId);
  };
  await send('SessionStart', { source: 'startup', model: 'm' });
  for (let turn = 1; !load.stopped; turn++) {
    const prompt_id = `${session}-p${turn}`;
    const tool = { tool_name: 'Bash', tool_input: { command: `${turn}` }, prompt_id };
    const tool_use_id = `${session}-t${turn}`;
    await send('UserPromptSubmit', { prompt: `prompt ${turn}`, prompt_id });
    await send('PreToolUse', { ...tool, tool_use_id });
    await send('PermissionRequest', tool);
    await send('PostToolUse', { ...tool, tool_use_id });
    await send('Stop', { prompt_id, last_assistant_message: `answer ${turn}` });
    load.turnsOf.set(session, turn);
  }
}

interface Delivery {
  readonly event: string;
  readonly eventId: string;
  readonly session: string;
  readonly body: string;
}

/** True once a server has answered 2xx. */
async function deliver(fleet: Fleet, hook: Delivery, random: () => number): Promise<boolean> {
  const up = fleet.members.flatMap(({ server }) => (server === null ? [] : [server]));
  if (up.length === 0) return false;
  const server = oneOf(random, up);
  try {
    const answer = await fetch(`${server.url}/hook/${hookSlug(hook.event)}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${server.hookToken}`,
        'content-type': 'application/json',
        [HOOK_HEADERS.eventId]: hook.eventId,
        [HOOK_HEADERS.tmux]: '/tmp/tmux,1,0',
        [HOOK_HEADERS.tmuxPane]: `%${hook.session}`,
      },
      body: hook.body,
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false;
  }
}
