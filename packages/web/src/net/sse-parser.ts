/**
 * Server-sent events out of a text stream, by the rules of the HTML standard (section 9.2.6).
 * The page reads the stream with `fetch`, because `EventSource` hides the status of a refusal
 * and the comments that a server sends to show that the line is still there.
 */

export interface SseEvent {
  /** The last id seen; empty where there was none yet. */
  id: string;
  type: string;
  data: string;
}

export class SseParser {
  #rest = '';
  #id = '';
  #type = '';
  #data: string[] = [];
  #first = true;
  #skipLineFeed = false;

  /** Takes the next piece of text, cut anywhere; returns the events it completes. */
  push(text: string): SseEvent[] {
    let chunk = text;
    if (this.#first && chunk !== '') {
      this.#first = false;
      if (chunk.startsWith('\uFEFF')) chunk = chunk.slice(1);
    }
    // A CR ends a line at once; the LF of a CRLF may come with the next piece.
    if (this.#skipLineFeed && chunk !== '') {
      this.#skipLineFeed = false;
      if (chunk.startsWith('\n')) chunk = chunk.slice(1);
    }
    if (chunk.endsWith('\r')) this.#skipLineFeed = true;
    const lines = (this.#rest + chunk).split(/\r\n|\n|\r/);
    this.#rest = lines.pop() ?? '';
    const events: SseEvent[] = [];
    for (const line of lines) {
      const event = this.#line(line);
      if (event) events.push(event);
    }
    return events;
  }

  #line(line: string): SseEvent | undefined {
    if (line === '') return this.#dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return undefined;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'id' && !value.includes('\0')) this.#id = value;
    if (field === 'event') this.#type = value;
    if (field === 'data') this.#data.push(value);
    return undefined;
  }

  #dispatch(): SseEvent | undefined {
    const type = this.#type || 'message';
    const data = this.#data;
    this.#type = '';
    this.#data = [];
    return data.length > 0 ? { id: this.#id, type, data: data.join('\n') } : undefined;
  }
}
