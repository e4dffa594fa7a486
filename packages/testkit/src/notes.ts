import { appendFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';

const FOLDER = path.resolve(import.meta.dirname, '../../../.cache/test-notes');

/**
 * Tells the reader of the whole run that something could not be run here and why: `npm test`
 * prints it just above its last line. One sentence, for example
 * `the real Claude Code: the package could not be installed.`
 */
export function noteNotRun(sentence: string): void {
  mkdirSync(FOLDER, { recursive: true });
  appendFileSync(path.join(FOLDER, 'notes.txt'), `${sentence.replaceAll('\n', ' ')}\n`);
}
