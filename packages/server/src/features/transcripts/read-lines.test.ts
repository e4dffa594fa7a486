import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readLines, type ReadPosition } from './read-lines.ts';

const LIMITS = { chunkBytes: 16, batchBytes: 40, lineBytes: 60 };
const START: ReadPosition = { offset: 0, skipping: false };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headspace-lines-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function withFile<T>(content: Buffer, body: (handle: FileHandle) => Promise<T>): Promise<T> {
  const name = path.join(folder, 'lines');
  await writeFile(name, content);
  await using handle = await open(name);
  return await body(handle);
}

/** All batches of a file from `from` on. */
async function readAll(content: Buffer, from = START) {
  const lines: string[] = [];
  let oversized = 0;
  let at = from;
  for (;;) {
    const position = at;
    const read = await withFile(content, (handle) =>
      readLines(handle, position, content.length, (line) => lines.push(line), LIMITS),
    );
    oversized += read.oversized;
    at = { offset: read.offset, skipping: read.skipping };
    if (read.atEnd) return { lines, oversized, at };
  }
}

describe('readLines', () => {
  test('a last line without its end waits', async () => {
    const { lines, at } = await readAll(Buffer.from('one\ntwo\nthr'));
    expect(lines).toEqual(['one', 'two']);
    expect(at.offset).toBe(8);
    expect((await readAll(Buffer.from('one\ntwo\nthree\n'), at)).lines).toEqual(['three']);
  });

  test('CR before the end of a line belongs to the end; empty lines are none', async () => {
    expect((await readAll(Buffer.from('a\r\n\r\n\n  \nb\r\n'))).lines).toEqual(['a', 'b']);
  });

  test('a CR alone ends no line', async () => {
    expect((await readAll(Buffer.from('a\rb\n'))).lines).toEqual(['a\rb']);
  });

  test('characters are whole wherever a chunk ends', async () => {
    const text = '{"text":"äöü😀€".repeat}';
    expect((await readAll(Buffer.from(`${text}\n${text}\n`))).lines).toEqual([text, text]);
  });

  test('a line that is longer than any entry is passed over, once', async () => {
    const { lines, oversized, at } = await readAll(Buffer.from(`a\n${'x'.repeat(200)}\nb\n`));
    expect({ lines, oversized }).toEqual({ lines: ['a', 'b'], oversized: 1 });
    expect(at.skipping).toBe(false);
  });

  test('one that is still being written is not read again', async () => {
    const first = await readAll(Buffer.from(`a\n${'x'.repeat(100)}`));
    expect(first).toMatchObject({ oversized: 1, at: { offset: 102, skipping: true } });
    const rest = await readAll(Buffer.from(`a\n${'x'.repeat(150)}\nb\n`), first.at);
    expect(rest).toMatchObject({ lines: ['b'], oversized: 0 });
  });

  test('lines of any length come whole and once, however the file grows', async () => {
    const line = fc
      .string({ unit: 'grapheme', maxLength: 40 })
      .map((s) => s.replaceAll(/\s/g, '_'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 12 }),
        fc.array(fc.nat(600), { maxLength: 6 }),
        async (written, cuts) => {
          const content = Buffer.from(written.map((text) => `${text}\n`).join(''));
          const seen: string[] = [];
          let oversized = 0;
          let at = START;
          for (const cut of [...cuts.toSorted((a, b) => a - b), content.length]) {
            const grown = await readAll(content.subarray(0, Math.max(cut, at.offset)), at);
            seen.push(...grown.lines);
            oversized += grown.oversized;
            at = grown.at;
          }
          const fits = written.filter((text) => Buffer.byteLength(text) <= LIMITS.lineBytes);
          expect(seen).toEqual(fits.map((text) => text.trim()).filter(Boolean));
          expect(oversized).toBe(written.length - fits.length);
        },
      ),
      { numRuns: 100 },
    );
  });
});
