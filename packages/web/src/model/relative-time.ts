/** Times as people read them. Pure: the present moment is an argument. */

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * How long something has lasted: `now`, `12 s`, `2 min`, `1 h 5 min`, `3 d`. A moment that lies
 * ahead (clocks differ a little) reads `now`.
 *
 * @param elapsedMs milliseconds since then
 */
export function elapsedText(elapsedMs: number): string {
  if (!Number.isFinite(elapsedMs)) return '–';
  if (elapsedMs < 5 * SECOND) return 'now';
  if (elapsedMs < MINUTE) return `${Math.floor(elapsedMs / SECOND)} s`;
  if (elapsedMs < HOUR) return `${Math.floor(elapsedMs / MINUTE)} min`;
  if (elapsedMs < DAY) {
    const hours = Math.floor(elapsedMs / HOUR);
    const minutes = Math.floor((elapsedMs % HOUR) / MINUTE);
    return hours < 6 && minutes > 0 ? `${hours} h ${minutes} min` : `${hours} h`;
  }
  return `${Math.floor(elapsedMs / DAY)} d`;
}

/** The same for running text: `just now`, `12 s ago`. */
export function agoText(elapsedMs: number): string {
  const text = elapsedText(elapsedMs);
  return text === 'now' ? 'just now' : `${text} ago`;
}

/** Date and time to the second, in the reader's zone and language. */
export function exactTime(at: string | number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return String(at);
  return date.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** Time of day to the second; with the date where it is not the day of `now`. */
export function clockTime(at: string | number, now: number): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return String(at);
  if (date.toDateString() !== new Date(now).toDateString()) return exactTime(at);
  return date.toLocaleTimeString(undefined, { timeStyle: 'medium' });
}
