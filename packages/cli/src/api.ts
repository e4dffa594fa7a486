/** Calls of the server's API, with errors that say what to do. */
import { randomUUID } from 'node:crypto';
import { CliError, EXIT } from './errors.ts';
import { readLine, systemCode } from '@headspace/home';
import type { Site } from './context.ts';

/** What parses an answer, e.g. a schema of the contract. */
interface Parser<T> {
  parse(value: unknown): T;
}

const TIMEOUT_MS = 5000;

/**
 * JSON of a GET under the operator token. Throws CliError: not reachable (exit code 3), refused,
 * or an answer of another form.
 */
export async function get<T>(site: Site, path: string, answer: Parser<T>): Promise<T> {
  return call(site, path, answer);
}

/** As `get`, with a method and a body. */
export async function send<T>(
  site: Site,
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body: object | null,
  answer: Parser<T>,
): Promise<T> {
  const json = { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  return call(site, path, answer, { method, ...(body === null ? {} : json) });
}

/** A POST without a body; its idempotency key is new each time. */
export async function post<T>(site: Site, path: string, answer: Parser<T>): Promise<T> {
  const headers = { 'idempotency-key': randomUUID() };
  return call(site, path, answer, { method: 'POST', headers });
}

async function call<T>(
  site: Site,
  path: string,
  answer: Parser<T>,
  init: RequestInit = {},
): Promise<T> {
  const response = await request(site, path, init);
  const text = await response.text();
  if (!response.ok) throw refused(response.status, text, site);
  try {
    return answer.parse(JSON.parse(text));
  } catch (error) {
    throw new CliError(`The answer of ${site.serverUrl}${path} has another form than expected`, {
      hint: 'Server and command line are probably of different versions.',
      cause: error,
    });
  }
}

/** The response as it is, whatever its status. Throws CliError where nobody answers. */
export async function request(
  site: Site,
  path: string,
  init: RequestInit = {},
  timeoutMs: number | null = TIMEOUT_MS,
): Promise<Response> {
  const token = readLine(site.paths.operatorToken);
  const headers = new Headers(init.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  const signals = [init.signal, timeoutMs === null ? null : AbortSignal.timeout(timeoutMs)];
  const signal = AbortSignal.any(signals.filter((one) => one !== null && one !== undefined));
  try {
    return await fetch(`${site.serverUrl}${path}`, { ...init, headers, signal });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new CliError(`Headspace does not answer at ${site.serverUrl} (${reasonOf(error)})`, {
      hint: 'Start it with `npm start`, or name its address with --server-host and --server-port.',
      exitCode: EXIT.unreachable,
      cause: error,
    });
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof DOMException) return 'no answer in time';
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return systemCode(error) ?? (cause instanceof Error ? cause.message : String(cause));
}

function refused(status: number, text: string, site: Site): CliError {
  const problem = parseProblem(text);
  if (status === 401 || status === 403) {
    return new CliError(`The server refused the operator token (${status})`, {
      status,
      hint: `It must be the one in ${site.paths.operatorToken} of the server's HEADSPACE_HOME.`,
    });
  }
  const title = problem.detail ?? problem.title ?? 'no reason given';
  const options = { status, ...(problem.cure === undefined ? {} : { hint: problem.cure }) };
  return new CliError(`The server answered ${status}: ${title}`, options);
}

function parseProblem(text: string): { title?: string; detail?: string; cure?: string } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
}
