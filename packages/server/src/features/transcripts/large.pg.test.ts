/** A transcript of 100 MB: how fast it is read, and how much memory that takes. */
import { open, type FileHandle } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { asked, line, said } from './testing/lines.ts';
import { openWorld, type World } from './testing/world.ts';

const BYTES = 100_000_000;
/** Output of tools makes up most of a long transcript; each line has it twice. */
const OUTPUT = 'drwxr-xr-x 2 dev dev 4096 Nov  1 00:00 "src" \\ \n'.repeat(160);
const ANSWER = 'The totals are computed from the line items. '.repeat(20);
/** Five times as long as it takes on a machine with two cores. */
const SECONDS = 10;
/** A batch of lines, what is parsed of it, and what is sent of it; garbage not collected yet. */
const MEMORY = 400_000_000;

/** One turn of a conversation: a prompt, an answer, and some tools between. */
function turn(n: number): string {
  const at = n * 100;
  const promptId = `p${n}`;
  const lines = [asked(`Do the thing number ${n}`, promptId, at)];
  for (let tool = 1; tool < 6; tool += 1) {
    const id = `t${n}-${tool}`;
    const call = { type: 'tool_use', id, name: 'Bash', input: { command: `ls ${tool}` } };
    const usage = { input_tokens: 3, output_tokens: 9, cache_read_input_tokens: 50_000 };
    const message = {
      id: `m${id}`,
      model: 'opus',
      content: [call],
      stop_reason: 'tool_use',
      usage,
    };
    const result = [{ type: 'tool_result', tool_use_id: id, content: OUTPUT }];
    lines.push(
      line({ type: 'assistant', message }, at + tool * 2),
      line(
        { type: 'user', promptId, message: { content: result }, toolUseResult: { stdout: OUTPUT } },
        at + tool * 2 + 1,
      ),
    );
  }
  return [...lines, said(`${n} ${ANSWER}`, at + 50)].map((text) => `${text}\n`).join('');
}

async function fill(handle: FileHandle): Promise<number> {
  let turns = 0;
  for (let written = 0; written < BYTES; turns += 1) {
    written += (await handle.write(turn(turns))).bytesWritten;
  }
  return turns;
}

/** Most memory in use at any time while `work` runs, beyond what is in use before. */
async function memoryOf(work: () => Promise<void>): Promise<number> {
  const used = () => {
    const { heapUsed, external } = process.memoryUsage();
    return heapUsed + external;
  };
  const before = used();
  let most = before;
  const timer = setInterval(() => (most = Math.max(most, used())), 5);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return most - before;
}

const progress = async (world: World) => {
  const { rows } = await world.pool.query<{ offset: number }>(
    'select read_offset::float8 as offset from transcript_files',
  );
  return rows[0]?.offset;
};

test('100 MB, then one line more', async () => {
  await using world = await openWorld();
  await world.hook('SessionStart', 'long', { source: 'startup', model: 'm' });
  const file = await open(world.pathOf('long'), 'w');
  const turns = await fill(file);
  const { size } = await file.stat();

  const started = performance.now();
  const memory = await memoryOf(async () => {
    while ((await progress(world)) !== size) await world.look();
  });
  const seconds = (performance.now() - started) / 1_000;

  await file.write(`${said('one line more', turns * 100)}\n`);
  await file.close();
  const appended = performance.now();
  await world.look();
  const appendMs = performance.now() - appended;
  process.stdout.write(
    `transcript of ${(size / 1e6).toFixed()} MB, ${turns * 12} entries: ${seconds.toFixed(1)} s, ` +
      `${(size / 1e6 / seconds).toFixed()} MB/s, ${(memory / 1e6).toFixed()} MB of memory; ` +
      `a line more: ${appendMs.toFixed(1)} ms\n`,
  );
  const { rows } = await world.pool.query('select count(*)::int as n from turns');
  expect(rows).toEqual([{ n: turns * 12 + 1 }]);
  expect((await world.turns('long')).at(-1)?.text).toBe('one line more');
  expect(seconds).toBeLessThan(SECONDS);
  expect(memory).toBeLessThan(MEMORY);
}, 120_000);
