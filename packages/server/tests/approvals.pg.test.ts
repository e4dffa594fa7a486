/** `/api/approvals`, with a stand-in for Claude Code that shows its dialogs and takes its keys. */
import { describe, expect, test } from 'vitest';
import { openApprovalWorld } from './testing/approval-world.ts';

describe('approvals', () => {
  test('are listed with what can be decided, answered once, and gone', async () => {
    await using world = await openApprovalWorld(['rm x']);
    expect(await world.list()).toEqual([]);
    await world.ask('rm x', 't1');
    const approval = await world.only();
    expect(approval).toMatchObject({
      agent: { id: world.agentId },
      kind: 'permission',
      tool: 'Bash',
      summary: 'Bash: rm x',
      subagent: null,
      decisions: ['allow', 'deny'],
      scopes: ['once', 'always'],
      takesReason: false,
      why: null,
    });
    world.tmux.hold('press', 'after', async () => world.next(/❯\u00a0/));
    expect(await world.decide(approval.id, { decision: 'allow' })).toMatchObject({
      status: 200,
      body: { id: approval.id, decision: 'allow', scope: 'once', done: true },
    });
    expect(await world.keys()).toEqual(['1']);
    // Nothing has told of the end of the dialog yet.
    expect(await world.list()).toEqual([]);
    const decided = { status: 409, body: { code: 'approval_decided' } };
    expect(await world.decide(approval.id, { decision: 'deny' })).toMatchObject(decided);
    await world.hook('PostToolUse', {
      tool_name: 'Bash',
      tool_input: { command: 'rm x' },
      tool_use_id: 't1',
      prompt_id: 'p1',
    });
    expect(await world.decide(approval.id, { decision: 'deny' })).toMatchObject(decided);
    expect(await world.keys()).toEqual(['1']);
  });

  test('an id goes to its own dialog and to no later one', async () => {
    await using world = await openApprovalWorld(['rm x', 'rm y']);
    await world.ask('rm x', 't1');
    const { id: first } = await world.only();
    // Answered in the terminal; the hooks that tell of it are late.
    await world.next(/rm y/);
    expect(await world.decide(first, { decision: 'allow' })).toMatchObject({
      status: 409,
      body: { code: 'dialog_changed' },
    });
    await world.ask('rm y', 't2');
    const [old, present] = await world.list();
    expect(old).toMatchObject({ id: first, decisions: [], why: expect.stringMatching(/another/) });
    expect(present).toMatchObject({ decisions: ['allow', 'deny'], why: null });
    expect(await world.decide(first, { decision: 'allow' })).toMatchObject({ status: 409 });
    expect(await world.keys()).toEqual([]);
    world.tmux.hold('press', 'after', async () => world.next(/❯\u00a0/));
    const denied = await world.decide(present?.id ?? 0, { decision: 'deny' });
    expect(denied).toMatchObject({ status: 200, body: { scope: null, done: true } });
    expect(await world.keys()).toEqual(['3']);
  });

  test('the same asked again after an answer has another id', async () => {
    await using world = await openApprovalWorld(['rm x', 'rm x']);
    await world.ask('rm x', 't1');
    const { id: first } = await world.only();
    expect(await world.decide(first, { decision: 'deny' })).toMatchObject({ status: 200 });
    await world.next(/rm x/);
    await world.ask('rm x', 't2');
    const { id: second } = await world.only();
    expect(second).not.toBe(first);
    expect(await world.decide(first, { decision: 'allow' })).toMatchObject({
      status: 409,
      body: { code: 'approval_decided' },
    });
    expect(await world.decide(second, { decision: 'deny' })).toMatchObject({ status: 200 });
    expect(await world.keys()).toEqual(['3', '3']);
  });

  test('a dialog that goes away just before the key gets none, and is free again', async () => {
    await using world = await openApprovalWorld(['rm x', 'rm y', 'rm x']);
    await world.ask('rm x', 't1');
    const { id } = await world.only();
    world.tmux.hold('press', 'before', async () => world.next(/rm y/));
    expect(await world.decide(id, { decision: 'allow' })).toMatchObject({
      status: 409,
      body: { code: 'dialog_changed' },
    });
    expect(await world.keys()).toEqual([]);
    await world.next(/rm x/);
    expect(await world.decide(id, { decision: 'allow' })).toMatchObject({ status: 200 });
    expect(await world.keys()).toEqual(['1']);
  });

  test('what the dialog does not offer is refused, and nothing pressed', async () => {
    await using world = await openApprovalWorld(['rm x']);
    await world.ask('rm x', 't1');
    const { id } = await world.only();
    const refused = async (body: object) => {
      const answer = await world.decide(id, body);
      return [answer.status, answer.body.code];
    };
    expect(await refused({ decision: 'allow', scope: 'session' })).toEqual([
      422,
      'scope_not_offered',
    ]);
    expect(await refused({ decision: 'deny', reason: 'no' })).toEqual([422, 'reason_not_taken']);
    for (const wrong of [
      { decision: 'allow', reason: 'go' },
      { decision: 'deny', scope: 'once' },
      { decision: 'perhaps' },
      {},
    ]) {
      expect(await refused(wrong)).toEqual([400, 'invalid_payload']);
    }
    expect(await world.keys()).toEqual([]);
    expect(await world.decide(id, { decision: 'allow', scope: 'always' })).toMatchObject({
      status: 200,
      body: { scope: 'always' },
    });
    expect(await world.keys()).toEqual(['2']);
  });

  test('only what is an approval has an id', async () => {
    await using world = await openApprovalWorld(['rm x']);
    const questions = [{ question: 'Which?', header: 'W', options: [{ label: 'A' }] }];
    const tool = { tool_name: 'AskUserQuestion', tool_input: { questions }, prompt_id: 'p1' };
    await world.hook('PermissionRequest', tool);
    expect(await world.list()).toEqual([]);
    const { rows } = await world.hooks.pool.query<{ id: number }>(
      'select id::int from hook_events',
    );
    expect(rows.length).toBeGreaterThan(2);
    for (const { id } of [...rows, { id: 999_999 }]) {
      expect(await world.decide(id, { decision: 'allow' })).toMatchObject({
        status: 404,
        body: { code: 'not_found' },
      });
    }
  });

  test('an agent without a terminal is listed, and says where it is answered', async () => {
    await using world = await openApprovalWorld(['rm x']);
    const payload = { session_id: 'two', cwd: '/repo' };
    const tool = { tool_name: 'Bash', tool_input: { command: 'rm z' }, prompt_id: 'p9' };
    await world.hooks.send({ event: 'SessionStart', payload: { ...payload, source: 'startup' } });
    await world.hooks.send({ event: 'PermissionRequest', payload: { ...payload, ...tool } });
    await world.hooks.settled();
    const { id, decisions, why } = await world.only();
    expect(decisions).toEqual([]);
    expect(why).toMatch(/outside tmux: answer it in its own terminal/);
    expect(await world.decide(id, { decision: 'allow' })).toMatchObject({
      status: 409,
      body: { code: 'agent_unreachable', cure: expect.stringMatching(/inside tmux/) },
    });
  });
});
