/** Transcripts for tests: the recorded ones, and lines made up. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { recordingsFolder } from '@headspace/testkit/recordings';

const FOLDER = join(recordingsFolder, 'transcripts');

/** Names of all recorded files, those of subagents too. */
export const listTranscripts = (): string[] => readdirSync(FOLDER).toSorted();

export const loadTranscript = (name: string): Buffer => readFileSync(join(FOLDER, name));

export const linesOf = (file: Buffer): string[] =>
  file.toString('utf8').split('\n').filter(Boolean);

let count = 0;

/** A line of a transcript with a time of its own, `ms` after the start of November 2026. */
export function line(fields: Record<string, unknown>, ms: number): string {
  count += 1;
  return JSON.stringify({
    uuid: `u${count}`,
    parentUuid: null,
    isSidechain: false,
    timestamp: new Date(Date.UTC(2026, 10, 1) + ms).toISOString(),
    ...fields,
  });
}

export const said = (text: string, ms: number, more: Record<string, unknown> = {}): string =>
  line(
    {
      type: 'assistant',
      message: {
        id: `m${text}`,
        model: 'claude-opus-4-8',
        content: [{ type: 'text', text }],
        stop_reason: 'end_turn',
        usage: { input_tokens: 10, cache_read_input_tokens: 100, output_tokens: 5 },
      },
      ...more,
    },
    ms,
  );

export const asked = (
  text: string,
  promptId: string,
  ms: number,
  more: Record<string, unknown> = {},
): string =>
  line({ type: 'user', promptId, promptSource: 'typed', message: { content: text }, ...more }, ms);
