/**
 * The spool: events that the hook script could not hand over. One file per event,
 * `<sequence>-<pid>-<Event>.event`, where the sequence is the milliseconds since 1970 unless the clock
 * was set back, written like an HTTP request: `POST /hook/<slug>`, header
 * lines, an empty line, Claude's JSON. The sent-at header tells the server that it comes late, the
 * event id that it may have come before.
 */
import { readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { HOOK_HEADERS, hookSlug } from '@headspace/contract';
import { readLine, type HomePaths } from './home.ts';
import { isNotFound, systemCode } from './fs-error.ts';
import { withSpoolLock } from './spool-lock.ts';

export interface SpooledEvent {
  /** `/hook/<slug>` */
  readonly route: string;
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface FlushResult {
  readonly delivered: number;
  /** Refused for good by the server and put aside. */
  readonly rejected: number;
  /** Still in the spool, among them those too young to be touched. */
  readonly waiting: number;
  /** Why it ended early; null where it did not. */
  readonly stoppedBy: string | null;
}

export interface FlushOptions {
  readonly paths: HomePaths;
  readonly serverUrl: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Files younger than this are left to the script that may still be sending them. */
  readonly minAgeMs?: number;
}

/** The script gives up after two seconds at the most. */
const SCRIPT_BOUND_MS = 3000;
const ABANDONED_MS = 60_000;
/** A process of Claude Code that has fired nothing for so long is gone. */
const QUIET_MS = 30 * 24 * 60 * 60_000;
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Delivers what lies in the spool, oldest first, one at a time. Ends at the first event that the
 * server does not take for a reason that may pass, so that the order stays. Only one flush runs
 * per spool; `null` if another is at work.
 */
export async function flushSpool(options: FlushOptions): Promise<FlushResult | null> {
  return await withSpoolLock(options.paths, () => flushLocked(options));
}

async function flushLocked(options: FlushOptions): Promise<FlushResult> {
  const { paths, serverUrl, now, minAgeMs = SCRIPT_BOUND_MS } = options;
  await adoptAbandoned(paths, now);
  await forgetQuiet(paths, now);
  const names = await spoolFiles(paths);
  const token = readLine(paths.hookToken) ?? '';
  let delivered = 0;
  let rejected = 0;
  const result = (stoppedBy: string | null): FlushResult => {
    return { delivered, rejected, waiting: names.length - delivered - rejected, stoppedBy };
  };
  for (const name of names) {
    if (isYoung(name, now, minAgeMs)) return result(null);
    const file = join(paths.spool, name);
    const event = await readSpooled(file);
    // Delivered by its own script meanwhile.
    if (event === 'gone') delivered += 1;
    else {
      const verdict =
        event === 'broken' ? { kind: 'refused' as const } : await send(event, serverUrl, token);
      if (verdict.kind === 'later') return result(verdict.reason);
      if (verdict.kind === 'taken') {
        if (delivered === 0) await rm(join(paths.spool, 'hold'), { force: true });
        await rm(file, { force: true });
        delivered += 1;
      } else {
        await rename(file, join(paths.spoolRejected, name)).catch(ignoreNotFound);
        rejected += 1;
      }
    }
  }
  return result(null);
}

export interface SpoolStatus {
  readonly waiting: number;
  /** ISO 8601; null where nothing waits. */
  readonly oldest: string | null;
  readonly rejected: number;
}

/** How much waits, since when, and how much was refused. */
export async function spoolStatus(paths: HomePaths): Promise<SpoolStatus> {
  const names = await spoolFiles(paths);
  const [first] = names;
  const rejected = await readdir(paths.spoolRejected).catch(ignoreNotFound);
  return {
    waiting: names.length,
    oldest: first === undefined ? null : new Date(timeOf(first)).toISOString(),
    rejected: rejected?.length ?? 0,
  };
}

/** Parses a spool file; undefined where it is not one, or not complete. */
export function parseSpooled(bytes: Buffer): SpooledEvent | undefined {
  const end = bytes.indexOf('\n\n');
  if (end < 0) return undefined;
  const [request = '', ...lines] = bytes.subarray(0, end).toString('latin1').split('\n');
  const slug = /^POST \/hook\/([A-Za-z0-9-]+)$/.exec(request)?.[1];
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(': ');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
  });
  const body = bytes.subarray(end + 2);
  if (slug === undefined || !isJson(body)) return undefined;
  return { route: `/hook/${hookSlug(slug)}`, headers: Object.fromEntries(headers), body };
}

type Verdict =
  { readonly kind: 'taken' | 'refused' } | { readonly kind: 'later'; readonly reason: string };

async function send(event: SpooledEvent, serverUrl: string, token: string): Promise<Verdict> {
  try {
    const response = await fetch(`${serverUrl}${event.route}`, {
      method: 'POST',
      headers: {
        ...event.headers,
        [HOOK_HEADERS.spooled]: '1',
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
      },
      body: new Uint8Array(event.body),
      redirect: 'manual',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    await response.body?.cancel();
    if (response.ok) return { kind: 'taken' };
    // Only what the event itself is to blame for is put aside.
    if ([400, 404, 413, 415, 422].includes(response.status)) return { kind: 'refused' };
    return { kind: 'later', reason: `the server answered ${response.status}` };
  } catch (error) {
    const code = systemCode(error) ?? (error instanceof Error ? error.name : String(error));
    return { kind: 'later', reason: `the server cannot be reached (${code})` };
  }
}

async function readSpooled(file: string): Promise<SpooledEvent | 'gone' | 'broken'> {
  const bytes = await readFile(file).catch(ignoreNotFound);
  if (bytes === undefined) return 'gone';
  return parseSpooled(bytes) ?? 'broken';
}

/** Events whose script was ended between writing and renaming. Incomplete ones are put aside. */
async function adoptAbandoned(paths: HomePaths, now: number): Promise<void> {
  for (const name of (await readdir(paths.spoolTmp).catch(ignoreNotFound)) ?? []) {
    const file = join(paths.spoolTmp, name);
    const info = await stat(file).catch(ignoreNotFound);
    if (!info || info.mtimeMs > now - ABANDONED_MS) continue;
    const event = await readSpooled(file);
    const complete = event !== 'gone' && event !== 'broken';
    const target = complete ? paths.spool : paths.spoolRejected;
    await rename(file, join(target, `${name}.event`)).catch(ignoreNotFound);
  }
}

/** Sequences of processes that are gone. */
async function forgetQuiet(paths: HomePaths, now: number): Promise<void> {
  for (const name of (await readdir(paths.spoolSequence).catch(ignoreNotFound)) ?? []) {
    const file = join(paths.spoolSequence, name);
    const info = await stat(file).catch(ignoreNotFound);
    if (info && info.mtimeMs < now - QUIET_MS) await rm(file, { force: true });
  }
}

/** Far in the future is no age: the clock was set back, and the sequence went on. */
function isYoung(name: string, now: number, minAgeMs: number): boolean {
  const time = timeOf(name);
  return time > now - minAgeMs && time <= now + SCRIPT_BOUND_MS;
}

async function spoolFiles(paths: HomePaths): Promise<string[]> {
  const names = (await readdir(paths.spool).catch(ignoreNotFound)) ?? [];
  const events = names.filter((name) => /^\d+-\d+.*\.event$/.test(name));
  return events.sort((a, b) => timeOf(a) - timeOf(b) || (a < b ? -1 : 1));
}

function timeOf(name: string): number {
  return Number(name.slice(0, name.indexOf('-')));
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

function ignoreNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}
