/** `headspace personas …` against a real server. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CliHome } from '../testing/cli.ts';
import { openServed, type Served } from '../testing/served.ts';

let served: Served;
let home: CliHome;

beforeAll(async () => {
  served = await openServed();
  home = served.home;
});
afterAll(async () => served[Symbol.asyncDispose]());

const personas = async (...args: string[]) => home.run('personas', ...args);

it('makes, lists and shows personas', async () => {
  expect((await personas('list')).stdout).toContain('make one with personas new');
  writeFileSync(join(home.folder, 'review.md'), 'You review code.\n');
  const made = await personas('new', 'reviewer', '--skill', 'review.md');
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const list = await personas('list');
  expect(list.stdout).toMatch(/reviewer +[0-9a-f]{16}/);
  expect(list.stdout).toContain('Guardrails of this machine: there are none');
  expect((await personas('show', 'reviewer')).stdout).toContain('--- skill.md\nYou review code.\n');
  const again = await personas('new', 'reviewer');
  expect(again).toMatchObject({ code: 1 });
  expect(again.stderr).toContain('There is a persona reviewer already');
  expect((await personas('new', 'No Slug')).code).toBe(1);
  expect((await personas('new', 'other', '--skill', 'nowhere.md')).code).toBe(2);
  expect((await personas('show', 'nobody')).stderr).toContain('There is no persona nobody');
});

it('keeps what is accepted, once', async () => {
  await personas('learnings', 'reviewer', '--add', 'Look at the tests first.');
  await personas('learnings', 'reviewer', '--add', 'Nothing of use.');
  expect((await personas('learnings', 'reviewer')).stdout).toMatch(/1 +pending .* Look at/);
  const accepted = await personas(
    'learnings',
    'reviewer',
    '--accept',
    '1',
    '--text',
    'Tests first.',
  );
  expect(accepted.stdout).toBe('learning 1 is accepted\n');
  const twice = await personas('learnings', 'reviewer', '--accept', '1', '--text', 'Tests first.');
  expect(twice.code).toBe(0);
  expect((await personas('learnings', 'reviewer', '--reject', '1')).code).toBe(1);
  expect((await personas('learnings', 'reviewer', '--reject', '2')).code).toBe(0);
  const file = join(home.paths.home, 'personas/reviewer/experience.md');
  expect(readFileSync(file, 'utf8')).toBe('- Tests first. <!-- learning 1 -->\n');
  const json = await personas('learnings', 'reviewer', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({
    learnings: [{ state: 'rejected' }, { state: 'accepted', text: 'Tests first.' }],
  });
});
