/** Plain tables for the terminal. */
import { stripVTControlCharacters } from 'node:util';

/**
 * Rows in aligned columns, two blanks apart. The last column is cut where a line would be longer
 * than `width` characters; null means no limit.
 */
export function table(rows: readonly (readonly string[])[], width: number | null): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((row) => visible(row[i] ?? '').length)),
  );
  return rows
    .map((row) => {
      const line = row.map((cell, i) => {
        const last = i === row.length - 1;
        return last ? cell : cell + ' '.repeat((widths[i] ?? 0) - visible(cell).length);
      });
      return `${cut(line.join('  '), width)}\n`;
    })
    .join('');
}

/** Text on one line: control characters and line ends become blanks. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text)
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
}

function visible(text: string): string {
  return stripVTControlCharacters(text);
}

function cut(line: string, width: number | null): string {
  if (width === null || visible(line).length <= width) return line;
  // Colours stand only at the start of a cell, so the end of a line can be cut without harm.
  const extra = line.length - visible(line).length;
  return `${line.slice(0, Math.max(0, width - 1 + extra))}…`;
}
