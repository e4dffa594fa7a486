/**
 * Stream positions. A cursor is a decimal number in a string; it can be larger than what a
 * JavaScript number holds exactly, so it is compared as text.
 */

/** True where `a` is a later position than `b`. Anything is later than null. */
export function isLaterCursor(a: string, b: string | null): boolean {
  if (b === null) return true;
  const x = withoutLeadingZeros(a);
  const y = withoutLeadingZeros(b);
  return x.length === y.length ? x > y : x.length > y.length;
}

function withoutLeadingZeros(cursor: string): string {
  return cursor.replace(/^0+(?=\d)/, '');
}
