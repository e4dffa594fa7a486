/** What every bench prints and, with `--json FILE`, writes. */
import { writeFileSync } from 'node:fs';
import os from 'node:os';

export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Null where the value is only for comparison. */
  readonly goal: number | null;
  readonly met: boolean | null;
}

export const atMost = (name: string, value: number, unit: string, goal: number): Row => ({
  name,
  value: round(value),
  unit,
  goal,
  met: value <= goal,
});

export const atLeast = (name: string, value: number, unit: string, goal: number): Row => ({
  name,
  value: round(value),
  unit,
  goal,
  met: value >= goal,
});

export const forComparison = (name: string, value: number, unit: string): Row => ({
  name,
  value: round(value),
  unit,
  goal: null,
  met: null,
});

const round = (value: number) => Math.round(value * 1000) / 1000;

export function printRows(rows: readonly Row[]): void {
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, value, unit, goal, met } of rows) {
    const verdict = met === null ? '' : `  goal ${goal} ${met ? 'met' : 'NOT MET'}`;
    process.stdout.write(
      `${name.padEnd(width)}  ${String(value).padStart(10)} ${unit}${verdict}\n`,
    );
  }
}

/** `more` are fields of one command, beside those that all of them write. */
export function writeJson(
  file: string,
  startedAt: Date,
  rows: readonly Row[],
  more: Readonly<Record<string, unknown>> = {},
): void {
  const machine = `${os.cpus().length} × ${os.cpus()[0]?.model ?? 'unknown'}, ${os.release()}`;
  const content = { machine, startedAt: startedAt.toISOString(), ...more, rows };
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}
