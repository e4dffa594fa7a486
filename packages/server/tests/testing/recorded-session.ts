/** A recorded session that a test sends to a server, event by event. */
import { randomUUID } from 'node:crypto';
import { HOOK_HEADERS, hookSlug } from '@headspace/contract';
import { loadSession } from '@headspace/testkit/recordings';

export interface RecordedSession {
  /** Sends the lines from..to of the recording in order, each once the one before was taken. */
  play(from: number, to?: number): Promise<void>;
}

interface Options {
  readonly url: string;
  readonly hookToken: string;
  /** Another session of the same recording. */
  readonly sessionId?: string;
}

/** `options` is asked at each event: a server that is started again may have another address. */
export function recordedSession(name: string, options: () => Options): RecordedSession {
  const lines = loadSession(name);
  return {
    async play(from, to = from) {
      for (const { event, payload } of lines.slice(from, to + 1)) {
        const { url, hookToken, sessionId } = options();
        const response = await fetch(`${url}/hook/${hookSlug(event)}`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            authorization: `Bearer ${hookToken}`,
            [HOOK_HEADERS.eventId]: randomUUID(),
          },
          body: JSON.stringify({ ...payload, session_id: sessionId ?? payload.session_id }),
        });
        if (!response.ok) throw new Error(`${event} was answered ${String(response.status)}`);
      }
    },
  };
}
