/**
 * Messages to the server, as text in Latin-1, a character for each byte
 * (https://www.postgresql.org/docs/current/protocol-message-formats.html). The driver makes
 * several buffers of the same messages, which costs more than one text in one write. Names, statements
 * and values of ours are ASCII; the lengths are right for any text.
 */

/** Prepare a statement under its name. */
export function parseMessage(name: string, statement: string): string {
  return message('P', `${name}\0${statement}\0${int16(0)}`);
}

/** Run a prepared statement. `values` are its parameters in the server's text form. */
export function bindAndExecute(name: string, values: readonly string[]): string {
  // Into the unnamed portal; parameters and results all in text form.
  let bind = `\0${name}\0${int16(0)}${int16(values.length)}`;
  for (const value of values) bind += int32(value.length) + value;
  bind += int16(0);
  return message('B', bind) + EXECUTE_AND_SYNC;
}

/** All rows of the unnamed portal. */
const EXECUTE_AND_SYNC = message('E', `\0${int32(0)}`) + message('S', '');

function message(type: string, body: string): string {
  return type + int32(body.length + 4) + body;
}

function int16(value: number): string {
  return String.fromCharCode(value >>> 8, value & 0xff);
}

function int32(value: number): string {
  return int16(value >>> 16) + int16(value & 0xffff);
}
