/** Unified diff of a file before and after, with colours where wanted. */
import { createTwoFilesPatch } from 'diff';
import type { Colors } from './colors.ts';

/** Text for the terminal; a file that is not there stands as /dev/null. */
export function unifiedDiff(
  path: string,
  before: string | undefined,
  after: string | undefined,
  colors: Colors,
): string {
  const names = [before, after].map((text) => (text === undefined ? '/dev/null' : path));
  const [from = path, to = path] = names;
  const patch = createTwoFilesPatch(from, to, before ?? '', after ?? '', '', '', { context: 2 });
  const lines = patch.split('\n').slice(1);
  return lines.map((line) => paint(line.replace(/\t$/, ''), colors)).join('\n');
}

function paint(line: string, colors: Colors): string {
  if (line.startsWith('---') || line.startsWith('+++')) return colors.bold(line);
  if (line.startsWith('@@')) return colors.cyan(line);
  if (line.startsWith('+')) return colors.green(line);
  if (line.startsWith('-')) return colors.red(line);
  return line;
}
