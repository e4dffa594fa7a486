/** Transcripts to measure with: recorded sessions again and again under new ids, and made-up ones. */
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { recordingsFolder } from '@headspace/testkit/recordings';

/** One piece of a transcript, complete lines; every `n` has ids of its own. */
export type Piece = (n: number) => string;

/** Recorded with prompts, tools, a compaction, queued notifications, errors and an interrupt. */
const RECORDED = [
  's02-permission-approve.0002.jsonl',
  's06-subagents.0006.jsonl',
  's08-clear-compact.0008.jsonl',
  's10-interrupt.0014.jsonl',
  's16-tasks-plan.0024.jsonl',
  's19-misc-events.0027.jsonl',
];

/**
 * The recorded sessions as they are: some 560 bytes a line. Their answers come from a stub and their
 * files are small, so no real transcript has more entries for a megabyte.
 */
export function recordedPiece(): Piece {
  const text = RECORDED.map((name) => {
    const content = readFileSync(join(recordingsFolder, 'transcripts', name), 'utf8');
    return compactLines(content);
  }).join('');
  return (n) => {
    const id = n.toString(16).padStart(8, '0');
    return text
      .replaceAll('0a0b0000-', `${id}-`)
      .replaceAll('"msg_', `"msg_${id}_`)
      .replaceAll('"toolu_', `"toolu_${id}_`)
      .replaceAll(/"promptId":"[^"]{8}/g, `"promptId":"${id}`);
  };
}

/** Claude Code writes no blanks between fields; the recordings have them. */
function compactLines(content: string): string {
  return content
    .split('\n')
    .filter(Boolean)
    .map((line) => `${JSON.stringify(JSON.parse(line))}\n`)
    .join('');
}

/** Output of tools makes up most of a long transcript; each line has it twice. */
const OUTPUT = 'drwxr-xr-x 2 dev dev 4096 Nov  1 00:00 "src" \\ \n'.repeat(30);
const ANSWER = 'The totals are computed from the line items. '.repeat(20);
const START = Date.UTC(2026, 10, 1);
const TOOLS = 10;

/** One turn: a prompt, an answer, and ten tools between; some 2.1 kB a line. */
export const workPiece: Piece = (n) => {
  const promptId = `p${n}`;
  const ids = { count: 0 };
  const line = (fields: object): string => {
    ids.count += 1;
    const common = {
      parentUuid: ids.count === 1 ? null : `u${n}-${ids.count - 1}`,
      isSidechain: false,
      userType: 'external',
      cwd: '/home/dev/acme-shop',
      sessionId: '5e551000-0000-4000-8000-000000000001',
      version: '2.1.197',
      gitBranch: 'main',
    };
    const at = new Date(START + n * 100 + ids.count).toISOString();
    return `${JSON.stringify({ ...common, ...fields, uuid: `u${n}-${ids.count}`, timestamp: at })}\n`;
  };
  const usage = { input_tokens: 3, output_tokens: 9, cache_read_input_tokens: 50_000 };
  const said = (id: string, content: object, stop: string): string =>
    line({
      message: {
        id: `m${n}-${id}`,
        type: 'message',
        role: 'assistant',
        model: 'claude-opus-4-8',
        content: [content],
        stop_reason: stop,
        usage,
      },
      requestId: `r${n}-${id}`,
      type: 'assistant',
    });
  const parts = [
    line({
      type: 'user',
      promptId,
      promptSource: 'typed',
      message: { role: 'user', content: `Do ${n}` },
    }),
  ];
  for (let tool = 0; tool < TOOLS; tool += 1) {
    const id = `t${n}-${tool}`;
    const input = { command: `ls -la src/module-${tool}` };
    const result = [{ type: 'tool_result', tool_use_id: id, content: OUTPUT }];
    parts.push(
      said(id, { type: 'tool_use', id, name: 'Bash', input }, 'tool_use'),
      line({
        type: 'user',
        promptId,
        message: { role: 'user', content: result },
        toolUseResult: { stdout: OUTPUT, stderr: '', interrupted: false },
      }),
    );
  }
  parts.push(said('end', { type: 'text', text: `${n} ${ANSWER}` }, 'end_turn'));
  return parts.join('');
};

/** Writes pieces until the file has `bytes`. Gives its size and the lines in it. */
export async function writeTranscript(
  file: string,
  piece: Piece,
  bytes: number,
): Promise<{ size: number; lines: number }> {
  await using handle = await open(file, 'w');
  let size = 0;
  let lines = 0;
  for (let n = 0; size < bytes; n += 1) {
    const content = Buffer.from(piece(n));
    await handle.write(content);
    size += content.length;
    for (let at = content.indexOf(10); at !== -1; at = content.indexOf(10, at + 1)) lines += 1;
  }
  return { size, lines };
}
