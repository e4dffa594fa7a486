/** The lines of the table. */
export interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** In words, or null where the value is for comparison only. */
  readonly goal: string | null;
  readonly met: boolean | null;
}

const round = (value: number): number => Number(value.toPrecision(3));

export const atMost = (name: string, value: number, unit: string, goal: number): Row => ({
  name,
  value: round(value),
  unit,
  goal: `at most ${goal}`,
  met: value <= goal,
});

export const atLeast = (name: string, value: number, unit: string, goal: number): Row => ({
  name,
  value: round(value),
  unit,
  goal: `at least ${goal}`,
  met: value >= goal,
});

export const comparison = (name: string, value: number, unit: string): Row => ({
  name,
  value: round(value),
  unit,
  goal: null,
  met: null,
});

export function printTable(rows: readonly Row[]): void {
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, value, unit, goal, met } of rows) {
    const verdict = goal === null ? '' : `  goal ${goal}: ${met === true ? 'met' : 'NOT MET'}`;
    console.log(`${name.padEnd(width)}  ${String(value).padStart(9)} ${unit}${verdict}`);
  }
}
