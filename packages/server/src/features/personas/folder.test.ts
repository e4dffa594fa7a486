import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FILE_LIMIT, gatherPersona, listPersonas, readPersona } from './folder.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'headspace-personas-'));
});
afterEach(async () => rm(home, { recursive: true, force: true }));

async function write(slug: string, files: Readonly<Record<string, string>>): Promise<string> {
  const folder = join(home, 'personas', slug);
  await mkdir(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

describe('personas on disk', () => {
  test('are the folders whose name is a slug', async () => {
    expect(await listPersonas({ home })).toEqual([]);
    await write('writer', { 'skill.md': 'w' });
    await write('reviewer', { 'skill.md': 'r' });
    await write('Not A Slug', { 'skill.md': 'n' });
    await symlink(join(home, 'personas', 'writer'), join(home, 'personas', 'linked'));
    expect(await listPersonas({ home })).toEqual(['reviewer', 'writer']);
  });

  test('have a version that changes with each content', async () => {
    const version = async () => (await readPersona({ home }, 'a'))?.version;
    await write('a', { 'skill.md': 'one' });
    const first = await version();
    expect(first).toMatch(/^[0-9a-f]{16}$/);
    await write('a', { 'experience.md': '' });
    const second = await version();
    await write('a', { 'skill.md': 'two' });
    expect(new Set([first, second, await version()]).size).toBe(3);
  });

  test('need a skill', async () => {
    await write('a', { 'skill.md': ' \n' });
    expect(await readPersona({ home }, 'a')).toMatchObject({
      version: null,
      problem: expect.stringContaining('missing or empty') as string,
    });
    expect(await readPersona({ home }, 'b')).toBeUndefined();
    expect(await readPersona({ home }, '../personas/a')).toBeUndefined();
  });

  test.each([
    ['too long', 'x'.repeat(FILE_LIMIT + 1), 'skill.md', /200001 bytes/],
    ['too long guardrails', 'x'.repeat(4_001), 'guardrails.md', /4001 characters/],
    ['not UTF-8', Buffer.from([0xff, 0xfe]), 'experience.md', /not UTF-8/],
  ])('are refused: %s', async (_, content, name, problem) => {
    const folder = await write('a', { 'skill.md': 's' });
    await writeFile(join(folder, name), content);
    const found = await readPersona({ home }, 'a');
    expect(found?.problem).toMatch(problem);
    expect(await gatherPersona({ home }, 'a')).toMatchObject({ kind: 'unusable' });
  });

  test('are not read through links, nor from pipes and folders', async () => {
    const folder = await write('a', { 'skill.md': 's' });
    const secret = join(home, 'secret');
    await writeFile(secret, 'a secret');
    await symlink(secret, join(folder, 'experience.md'));
    expect((await readPersona({ home }, 'a'))?.problem).toMatch(/is a link/);
    await rm(join(folder, 'experience.md'));
    await mkdir(join(folder, 'experience.md'));
    expect((await readPersona({ home }, 'a'))?.problem).toMatch(/no regular file/);
    await symlink(folder, join(home, 'personas', 'linked'));
    expect((await readPersona({ home }, 'linked'))?.problem).toMatch(/no folder/);
  });
});

describe('what an agent is given', () => {
  test('has the guardrails of the machine and of the persona', async () => {
    await write('a', { 'skill.md': 's', 'guardrails.md': 'own rules\n' });
    await writeFile(join(home, 'guardrails.md'), 'rules\n');
    expect(await gatherPersona({ home }, 'a')).toMatchObject({
      kind: 'parts',
      guarded: true,
      parts: { machineGuardrails: 'rules', guardrails: 'own rules', experience: null },
    });
  });

  test('says where there are none', async () => {
    await write('a', { 'skill.md': 's', 'guardrails.md': '\n' });
    expect(await gatherPersona({ home }, 'a')).toMatchObject({ kind: 'parts', guarded: false });
    expect(await gatherPersona({ home }, null)).toMatchObject({ guarded: false });
    expect(await gatherPersona({ home }, 'b')).toMatchObject({ kind: 'unusable' });
  });
});
