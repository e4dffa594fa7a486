/** A hook request as it goes into the inbox: the payload untouched, and what its headers say. */
import { randomUUID } from 'node:crypto';
import { HOOK_HEADERS, UnknownHookPayload } from '@headspace/contract';
import type { z } from 'zod';
import { storable } from '../../domain/display.ts';

export interface Envelope {
  /** The sender's idempotency key, else one made here. */
  eventId: string;
  event: string;
  sessionId: string;
  host: string;
  pid: number | null;
  procStart: string | null;
  /**
   * The process was found in this host's process table when the event came, or its sender named
   * that very table: then it was there when the event was sent, and can be seen to be gone.
   */
  seenAlive: boolean;
  /** Name of the process table that showed it (`pidNamespace`); null where it has none. */
  seenIn: string | null;
  /** Empty where only the pane is known. */
  tmuxSocket: string | null;
  tmuxPane: string | null;
  entrypoint: string | null;
  /** Uuid of the launch in whose environment it fired. */
  launch: string | null;
  queueKey: string;
  /** Milliseconds since 1970 by the sender's clock. */
  sentAt: number | null;
  /** Grows with every event of the process; null where the sender did not say. */
  sequence: number | null;
  /** From the spool: later ones may have fired before it came. */
  spooled: boolean;
  receivedAt: number;
  /** The JSON as it came. */
  payload: string;
}

export interface StoredEvent extends Envelope {
  id: number;
  late: boolean;
  tries: number;
}

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** A process that this host's table showed; null for any other. */
export type Identity = { procStart: string | null; seenIn: string | null } | null;

/** What the sender says of its process. */
export interface ClaimedProcess {
  pid: number;
  procStart: string | null;
  /** Of the process table that `pid` belongs to. */
  namespace: string | null;
}

export interface EnvelopeSource {
  /** Event of the route; null where the route names none that is known. */
  event: string | null;
  headers: Headers;
  body: string;
  receivedAt: number;
  ownHost: string;
  /** Looks for a process of the own host; null for one that this process table never showed. */
  identify: (claimed: ClaimedProcess) => Identity;
}

export type EnvelopeProblem =
  | { code: 'invalid_json'; detail: string }
  | { code: 'invalid_payload'; errors: { path: string; message: string }[] };

/**
 * Reads a request. Only what storing needs is checked: the body is a JSON object with a
 * session_id. A header that makes no sense is left out, for losing the event would be worse.
 */
export function readEnvelope(source: EnvelopeSource): Envelope | EnvelopeProblem {
  const parsed = parseBody(source.body);
  if (!parsed.ok) return parsed.problem;
  const { payload } = parsed;
  const header = headerReader(source.headers);
  const host = header(HOOK_HEADERS.host) ?? source.ownHost;
  const marks = processMarks(source, header, host);
  const pane = tmuxMarks(header);
  const sessionId = storable(payload.session_id);
  const name = typeof payload.hook_event_name === 'string' ? payload.hook_event_name : 'Unknown';
  return {
    eventId: header(HOOK_HEADERS.eventId) ?? `own:${randomUUID()}`,
    event: source.event ?? storable(name),
    sessionId,
    host,
    ...marks,
    ...pane,
    entrypoint: header(HOOK_HEADERS.entrypoint),
    launch: uuid(header(HOOK_HEADERS.launch)),
    queueKey: queueKey(host, sessionId, marks.pid, pane),
    sentAt: integer(header(HOOK_HEADERS.sentAt), 1, 8_640_000_000_000_000),
    sequence: integer(header(HOOK_HEADERS.sequence), 1, Number.MAX_SAFE_INTEGER),
    spooled: header(HOOK_HEADERS.spooled) === '1',
    receivedAt: source.receivedAt,
    payload: source.body,
  };
}

type Parsed =
  | { ok: true; payload: z.infer<typeof UnknownHookPayload> }
  | { ok: false; problem: EnvelopeProblem };

function parseBody(body: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    return { ok: false, problem: { code: 'invalid_json', detail: (error as Error).message } };
  }
  const result = UnknownHookPayload.safeParse(value);
  if (result.success) return { ok: true, payload: result.data };
  const errors = result.error.issues.map((issue) => ({
    path: issue.path.join('.'),
    message: issue.message,
  }));
  return { ok: false, problem: { code: 'invalid_payload', errors } };
}

function headerReader(headers: Headers): (name: string) => string | null {
  return (name) => {
    const value = headers[name];
    const text = (Array.isArray(value) ? value[0] : value)?.trim();
    return text === undefined || text === '' || text.length > 1024 ? null : storable(text);
  };
}

function processMarks(
  source: EnvelopeSource,
  header: (name: string) => string | null,
  host: string,
) {
  const pid = integer(header(HOOK_HEADERS.claudePid), 2, 2_147_483_647);
  const procStart = header(HOOK_HEADERS.procStart);
  const namespace = header(HOOK_HEADERS.pidNamespace);
  const own = host === source.ownHost;
  const found = pid === null || !own ? null : source.identify({ pid, procStart, namespace });
  return {
    pid,
    procStart: procStart ?? found?.procStart ?? null,
    seenAlive: found !== null,
    seenIn: found?.seenIn ?? null,
  };
}

/** `X-Tmux` is `$TMUX`: the socket's path, the server's pid and the session, with commas between. */
function tmuxMarks(header: (name: string) => string | null) {
  const tmuxPane = header(HOOK_HEADERS.tmuxPane);
  if (tmuxPane === null) return { tmuxSocket: null, tmuxPane: null };
  const tmux = header(HOOK_HEADERS.tmux) ?? '';
  return { tmuxSocket: tmux.replace(/,\d+,[^,]*$/, ''), tmuxPane };
}

/**
 * Events queue by what survives a change of the session id: the process, else the pane, else the
 * session.
 */
function queueKey(
  host: string,
  sessionId: string,
  pid: number | null,
  pane: { tmuxSocket: string | null; tmuxPane: string | null },
): string {
  if (pid !== null) return `${host} pid ${pid}`;
  if (pane.tmuxPane !== null) return `${host} pane ${pane.tmuxSocket} ${pane.tmuxPane}`;
  return `${host} session ${sessionId}`;
}

function uuid(text: string | null): string | null {
  return text !== null && /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(text) ? text : null;
}

function integer(text: string | null, least: number, most: number): number | null {
  if (text === null || !/^\d+$/.test(text)) return null;
  const value = Number(text);
  return value >= least && value <= most ? value : null;
}
