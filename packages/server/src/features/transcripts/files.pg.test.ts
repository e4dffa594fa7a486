/** Files that grow, shrink, are replaced, or are not what they seem. */
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asked, line, loadTranscript, said } from './testing/lines.ts';
import { booksOf, openWorld, type World } from './testing/world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

let sessions = 0;
/** A session with an agent and without a transcript. */
async function newSession(): Promise<string> {
  const sessionId = `session-${++sessions}`;
  await world.hook('SessionStart', sessionId, { source: 'startup', model: 'claude-opus-4-8[1m]' });
  return sessionId;
}

const texts = async (sessionId: string): Promise<string[]> =>
  (await world.turns(sessionId)).map(({ text }) => text);
const books = async (sessionId: string) => {
  const { id } = await world.agentOf(sessionId);
  return booksOf(world.pool, id);
};
const fileOf = async (sessionId: string) => {
  const { rows } = await world.pool.query<{ offset: number; restarts: number }>(
    `select read_offset::float8 as offset, restarts from transcript_files where path = $1`,
    [world.pathOf(sessionId)],
  );
  return rows[0];
};

describe('a file that grows', () => {
  test.each(['s09-resume.0011.jsonl', 's14-api-errors.0022.jsonl'])(
    '%s: cut anywhere, the rows are the same as at once',
    async (name) => {
      const content = loadTranscript(name);
      const whole = await newSession();
      await world.replace(whole, content);
      await world.look();
      const expected = await books(whole);
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(content.length), { maxLength: 8 }), async (cuts) => {
          const sessionId = await newSession();
          let from = 0;
          for (const to of [...cuts.toSorted((a, b) => a - b), content.length]) {
            await world.append(sessionId, content.subarray(from, to));
            await world.look();
            from = to;
          }
          expect(await books(sessionId)).toEqual(expected);
        }),
        { numRuns: 8 },
      );
    },
    60_000,
  );

  test('byte by byte', async () => {
    const content = Buffer.from(`${asked('grüße 😀', 'p1', 1)}\r\n${said('ja', 2)}\n`);
    const sessionId = await newSession();
    for (const byte of content) {
      await world.append(sessionId, Buffer.from([byte]));
      await world.look();
    }
    expect(await texts(sessionId)).toEqual(['grüße 😀', 'ja']);
  }, 60_000);

  test('the half of a line waits for the other', async () => {
    const sessionId = await newSession();
    const whole = said('whole', 1);
    await world.append(sessionId, whole.slice(0, 40));
    await world.look();
    expect(await texts(sessionId)).toEqual([]);
    await world.append(sessionId, `${whole.slice(40)}\n`);
    await world.look();
    expect(await texts(sessionId)).toEqual(['whole']);
  });

  test('what is no entry is counted and in nobody’s way', async () => {
    const sessionId = await newSession();
    const odd = ['nonsense', '\u0000\u0000', '{"type":"dance"}', '{"uuid":7}', '[]', '""'];
    const bad = said('a\u0000b\ud800c', 2, { promptId: '\u0000' });
    await world.append(sessionId, `${[...odd, said('fine', 1), bad].join('\n')}\n`);
    await world.look();
    expect(await texts(sessionId)).toEqual(['fine', 'a\ufffdb\ufffdc']);
    const { rows } = await world.pool.query(
      `select state -> 'counts' as counts from transcript_files where path = $1`,
      [world.pathOf(sessionId)],
    );
    expect(rows).toEqual([
      { counts: { entries: 4, malformed: 4, oversized: 0, unknown: { dance: 1, '': 1 } } },
    ]);
  });
});

describe('a file that is read anew, without doubling', () => {
  const first = [asked('one', 'p1', 1), said('two', 2)].map((text) => `${text}\n`).join('');

  async function read(content: string): Promise<string> {
    const sessionId = await newSession();
    await world.append(sessionId, content);
    await world.look();
    return sessionId;
  }

  test('it was cut', async () => {
    const sessionId = await read(`${first}${said('three', 3)}\n`);
    await world.replace(sessionId, first);
    await world.look();
    expect(await texts(sessionId)).toEqual(['one', 'two', 'three']);
    expect(await fileOf(sessionId)).toEqual({ offset: Buffer.byteLength(first), restarts: 1 });
    await world.append(sessionId, `${said('four', 4)}\n`);
    await world.look();
    expect(await texts(sessionId)).toEqual(['one', 'two', 'three', 'four']);
  });

  test('it was written anew, longer than before, in the same inode', async () => {
    const sessionId = await read(first);
    await world.replace(sessionId, `${said('new', 5)}\n${first}${'\n'.repeat(10)}`);
    await world.look();
    expect(await texts(sessionId)).toEqual(['one', 'two', 'new']);
    expect(await fileOf(sessionId)).toMatchObject({ restarts: 1 });
  });

  test('another one was put in its place', async () => {
    const sessionId = await read(first);
    const other = `${world.pathOf(sessionId)}.new`;
    await writeFile(other, `${first}${said('more', 5)}\n`);
    await rename(other, world.pathOf(sessionId));
    await world.look();
    expect(await texts(sessionId)).toEqual(['one', 'two', 'more']);
    expect(await fileOf(sessionId)).toMatchObject({ restarts: 1 });
  });

  test('it went and came again', async () => {
    const sessionId = await read(first);
    await rm(world.pathOf(sessionId));
    await world.look();
    await world.append(sessionId, `${said('again', 6)}\n`);
    await world.look();
    expect(await texts(sessionId)).toEqual(['one', 'two', 'again']);
  });
});

describe('tokens and context', () => {
  test('each message counts once, in the agent and in its turn', async () => {
    const sessionId = await newSession();
    const entries = [asked('go', 'p1', 1), said('a', 2), said('a', 3), said('b', 4)];
    await world.append(sessionId, entries.map((text) => `${text}\n`).join(''));
    await world.look();
    const { total } = await world.usage(sessionId);
    expect(total).toEqual({
      messages: 2,
      costUSD: 0.00045,
      cacheCreation1hTokens: 0,
      inputTokens: 20,
      cacheCreationTokens: 0,
      cacheReadTokens: 200,
      outputTokens: 10,
    });
    const { context } = await world.agentOf(sessionId);
    expect(context).toMatchObject({ usedTokens: 110, windowTokens: 1_000_000 });
  });

  test('after a compaction it is not known until the next answer', async () => {
    const sessionId = await newSession();
    const boundary = line({ type: 'system', subtype: 'compact_boundary' }, 3);
    await world.append(sessionId, `${said('a', 2)}\n${boundary}\n`);
    await world.look();
    expect((await world.agentOf(sessionId)).context).toBeNull();
    await world.append(sessionId, `${said('b', 4)}\n`);
    await world.look();
    expect((await world.agentOf(sessionId)).context).toMatchObject({ usedTokens: 110 });
  });

  test('files of subagents count for their parent; their words are not its own', async () => {
    const sessionId = await newSession();
    await world.append(sessionId, `${said('main', 1)}\n`);
    await world.look();
    const folder = path.join(world.pathOf(sessionId).replace(/\.jsonl$/, ''), 'subagents');
    await mkdir(folder, { recursive: true });
    const file = path.join(folder, 'agent-a1.jsonl');
    await writeFile(file, `${said('of the subagent', 2, { isSidechain: true })}\n`);
    await writeFile(path.join(folder, 'agent-a1.meta.json'), '{}');
    await world.look();
    await world.look();
    expect(await texts(sessionId)).toEqual(['main']);
    expect(await world.usage(sessionId)).toMatchObject({
      total: { messages: 2 },
      subagents: { messages: 1 },
    });
    expect((await world.agentOf(sessionId)).context?.usedTokens).toBe(110);
  });
});

describe('what is never opened', () => {
  const secret = `${said('secret', 1)}\n`;

  async function lookAt(file: string): Promise<string[]> {
    const sessionId = `session-${++sessions}`;
    await world.hook('SessionStart', sessionId, { source: 'startup', transcript_path: file });
    await world.look();
    return texts(sessionId);
  }

  test('a file outside the folder of projects', async () => {
    const outside = path.join(world.claudeFolder, 'outside.jsonl');
    await writeFile(outside, secret);
    expect(await lookAt(outside)).toEqual([]);
    const around = path.join(world.claudeFolder, 'projects', 'acme', '..', '..', 'outside.jsonl');
    expect(await lookAt(around)).toEqual([]);
    const link = path.join(world.claudeFolder, 'projects', 'acme', 'link.jsonl');
    await symlink(outside, link);
    expect(await lookAt(link)).toEqual([]);
    await symlink(world.claudeFolder, path.join(world.claudeFolder, 'projects', 'up'));
    expect(await lookAt(path.join(world.claudeFolder, 'projects', 'up', 'outside.jsonl'))).toEqual(
      [],
    );
  });

  test('what is no regular file, or has another name', async () => {
    const folder = path.join(world.claudeFolder, 'projects', 'acme');
    await mkdir(path.join(folder, 'folder.jsonl'));
    expect(await lookAt(path.join(folder, 'folder.jsonl'))).toEqual([]);
    await writeFile(path.join(folder, 'settings.json'), secret);
    expect(await lookAt(path.join(folder, 'settings.json'))).toEqual([]);
    execFileSync('mkfifo', [path.join(folder, 'pipe.jsonl')]);
    expect(await lookAt(path.join(folder, 'pipe.jsonl'))).toEqual([]);
    expect(await lookAt('relative.jsonl')).toEqual([]);
    expect(await lookAt(`${folder}/${'x'.repeat(5_000)}.jsonl`)).toEqual([]);
    expect(await lookAt(`${folder}/\u0000.jsonl`)).toEqual([]);
  });
});
