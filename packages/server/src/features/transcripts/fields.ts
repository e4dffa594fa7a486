/** Reading fields of JSON that may be anything. What does not fit counts as absent. */
import { storable } from '../../domain/display.ts';

export type Fields = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

export function field(fields: Fields, name: string): Fields | null {
  const value = fields[name];
  return isRecord(value) ? value : null;
}

/** Null for anything but a text with something in it. */
export function textOf(fields: Fields, name: string): string | null {
  const value = fields[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A name that rows are looked up by: as `textOf`, and PostgreSQL can store it. */
export function nameOf(fields: Fields, name: string): string | null {
  const value = textOf(fields, name);
  return value === null || PLAIN.test(value) ? value : storable(value);
}

const PLAIN = /^[\x20-\x7e]*$/;

/** A count of tokens: a whole number from 0 on; else 0. */
export function countOf(fields: Fields, name: string): number {
  const value = fields[name];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0;
}

/** Milliseconds since 1970 of an ISO 8601 time that PostgreSQL can store; else null. */
export function timeOf(fields: Fields, name: string): number | null {
  const value = fields[name];
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return time >= 0 && time < LATEST ? time : null;
}

/** End of the year 9999: no clock is that wrong, and a later one has no ISO form of four digits. */
const LATEST = Date.UTC(10_000, 0, 1);

/** The objects in a list. */
export function blocksOf(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}
