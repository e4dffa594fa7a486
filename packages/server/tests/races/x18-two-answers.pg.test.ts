import type { KeyResult, Problem, TerminalView } from '@headspace/contract';
import { expect, test } from 'vitest';
import { openApprovalWorld, type ApprovalWorld } from '../testing/approval-world.ts';

type Decided = Awaited<ReturnType<ApprovalWorld['decide']>>;

test('X18: two decisions on one approval, in two servers: the first wins, the other is late', async () => {
  await using world = await openApprovalWorld(['rm x', 'rm y'], { servers: 2 });
  await world.ask('rm x', 't1');
  const { id } = await world.only();
  let late: Decided | undefined;
  // The first has decided to press and has not pressed: the screen still shows the dialog.
  world.tmux.hold('press', 'before', async () => {
    late = await world.decide(id, { decision: 'deny' }, 1);
  });
  expect(await world.decide(id, { decision: 'allow' }, 0)).toMatchObject({ status: 200 });
  expect(late).toMatchObject({ status: 409, body: { code: 'approval_decided' } });
  expect(await world.keys()).toEqual(['1']);
});

test('X18: many at once, while the client is slow to close the dialog: one key', async () => {
  await using world = await openApprovalWorld(['rm x', 'rm y'], { servers: 2 });
  await world.ask('rm x', 't1');
  const { id } = await world.only();
  const answers = await Promise.all(
    Array.from({ length: 8 }, async (_, n) =>
      world.decide(id, { decision: n % 2 === 0 ? 'allow' : 'deny' }, n % 2),
    ),
  );
  const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
  expect(statuses).toEqual([200, ...Array.from({ length: 7 }, () => 409)]);
  expect(await world.keys()).toHaveLength(1);
});

test('X18: answers by option and by approval meet in the same claim', async () => {
  await using world = await openApprovalWorld(['rm x', 'rm y'], { servers: 2 });
  await world.ask('rm x', 't1');
  const { id } = await world.only();
  const { body } = await world.desk.call<TerminalView>(
    'GET',
    `/api/agents/${world.agentId}/terminal`,
  );
  const byOption = { option: 1, expect: body.dialog?.fingerprint };
  const answers = await Promise.all([
    world.decide(id, { decision: 'deny' }, 0),
    ...[0, 1].map(async (server) =>
      world.post<KeyResult & Problem>(`/api/agents/${world.agentId}/answer`, byOption, server),
    ),
  ]);
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 409, 409]);
  expect(await world.keys()).toHaveLength(1);
});
