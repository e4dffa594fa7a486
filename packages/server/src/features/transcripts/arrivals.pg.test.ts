/** What the transcript proves of prompts on their way. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deliveryMatch } from '../../domain/delivery.ts';
import { withAgents } from '../agents/index.ts';
import { asked, line } from './testing/lines.ts';
import { openWorld, type World } from './testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

/** Times of lines are `ms` after this moment, at which each prompt is claimed. */
const CLAIMED = Date.UTC(2026, 10, 1);
let sessions = 0;

/** A session with a prompt in flight; gives the session and what becomes of the prompt. */
async function sending(text: string) {
  const sessionId = `arrival-${++sessions}`;
  await world.hook('SessionStart', sessionId, { source: 'startup', model: 'm' });
  const { id: agentId } = await world.agentOf(sessionId);
  const [server] = world.servers;
  if (server === undefined) throw new Error('no server');
  const { pool, locks, events } = server.context;
  const context = { pool, locks, announce: () => events.nudge() };
  const id = sessions * 1_000;
  await withAgents(context, [agentId], { purpose: 'test' }, async (section) => {
    const agent = section.agents.get(agentId);
    if (agent === undefined) throw new Error('no agent');
    const request = { key: sessionId, request: 'r', body: text, kind: 'text' as const };
    section.addPrompt(agent, { id, ...request, position: 1, reason: null, at: CLAIMED });
    await section.persist();
    const claim = { id, from: ['queued'] as const, to: 'delivering' as const, at: CLAIMED };
    section.changePrompt(agent, { ...claim, reason: null });
    agent.state.activity.delivery = { promptId: id, match: deliveryMatch(text), at: CLAIMED };
    await section.persist();
  });
  const state = async () => {
    const { rows } = await pool.query<{ state: string }>(
      `select concat_ws(' ', state, accepted_by) as state from prompts where id = $1`,
      [id],
    );
    return rows[0]?.state;
  };
  return { sessionId, state };
}

const queue = (operation: string, content: string | null, ms: number): string =>
  line({ type: 'queue-operation', operation, ...(content !== null && { content }) }, ms);

describe('a prompt in flight', () => {
  test.each([
    ['the client’s queue', 'go on', queue('enqueue', 'go on', 10), 'accepted queue'],
    [
      'an attachment in the middle of a turn',
      'go on',
      line({ type: 'attachment', attachment: { type: 'queued_command', prompt: 'go on' } }, 10),
      'accepted queue',
    ],
    [
      'the prompt’s own entry',
      ' /go on\nplease',
      asked(' /go on\nplease', 'p', 10),
      'accepted transcript',
    ],
    [
      'the entry of a command',
      '/compact keep names',
      asked(
        '<command-name>/compact</command-name>\n<command-args>keep names</command-args>',
        'p',
        10,
      ),
      'accepted transcript',
    ],
    ['nothing: other words', 'go on', asked('go on then', 'p', 10), 'delivering'],
    ['nothing: said before', 'go on', asked('go on', 'p', -10), 'delivering'],
    ['nothing: put back into the box', 'go on', queue('popAll', 'go on', 10), 'delivering'],
  ])('proved by %s', async (_name, text, content, expected) => {
    const { sessionId, state } = await sending(text);
    await world.append(sessionId, `${content}\n`);
    await world.look();
    expect(await state()).toBe(expected);
    // Read once more, by a server that starts, nothing changes.
    await world.look(await world.start());
    expect(await state()).toBe(expected);
  });

  test('in a file that is read line by line', async () => {
    const { sessionId, state } = await sending('go on');
    await world.append(sessionId, `${asked('first', 'p1', 1)}\n`);
    await world.look();
    expect(await state()).toBe('delivering');
    await world.append(sessionId, `${queue('enqueue', 'go on', 20)}\n`);
    await world.look();
    expect(await state()).toBe('accepted queue');
  });
});
