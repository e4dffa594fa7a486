/** Doctor's questions to the server. */
import { request } from '../api.ts';
import type { Site } from '../context.ts';
import { CliError } from '../errors.ts';
import { isRecord } from '../hooks/entries.ts';
import { failed, ok, warning, type Check } from './check.ts';

export interface ServerChecks {
  readonly checks: Check[];
  readonly reachable: boolean;
}

/** Reachable, tokens right, database ready, and where the database lives. */
export async function checkServer(site: Site): Promise<ServerChecks> {
  try {
    const live = await request(site, '/health/live');
    if (!live.ok) {
      const cure = 'Look whether another program listens there.';
      const detail = `${site.serverUrl} answers ${live.status}`;
      return { checks: [failed('server', detail, cure)], reachable: false };
    }
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return { checks: [failed('server', error.message, error.hint ?? '')], reachable: false };
  }
  const status = await json(site, '/api/status');
  const ready = await json(site, '/health/ready');
  const checks = [ok('server', `answers at ${site.serverUrl}`), tokenCheck(site, status.code)];
  if (status.code === 200) checks.push(homeCheck(site, status.body));
  checks.push(databaseCheck(ready, status.body));
  return { checks, reachable: true };
}

interface Answer {
  readonly code: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function json(site: Site, path: string): Promise<Answer> {
  const response = await request(site, path);
  const body: unknown = await response.json().catch(() => ({}));
  return { code: response.status, body: isRecord(body) ? body : {} };
}

function tokenCheck(site: Site, code: number): Check {
  if (code === 200) return ok('operator token', 'accepted');
  if (code === 401 || code === 403) {
    const cure = `Use the server's HEADSPACE_HOME; the token is read from ${site.paths.operatorToken}.`;
    return failed('operator token', `refused with ${code}`, cure);
  }
  const cure = 'Server and command line are probably of different versions.';
  return warning('operator token', `/api/status answers ${code}`, cure);
}

function homeCheck(site: Site, status: Answer['body']): Check {
  const { home } = status;
  if (typeof home !== 'string' || home === site.paths.home) return ok('home', site.paths.home);
  const detail = `the server uses ${home}, this command ${site.paths.home}`;
  return warning('home', detail, 'Set HEADSPACE_HOME to the same folder for both.');
}

function databaseCheck(ready: Answer, status: Answer['body']): Check {
  const database = isRecord(status['database']) ? status['database'] : {};
  const { kind, directory } = database;
  const where = typeof directory === 'string' ? ` in ${directory}` : '';
  const what = typeof kind === 'string' ? `${kind}${where}` : '';
  if (ready.code === 200) return ok('database', what || 'ready');
  const detail = `${what && `${what}: `}not ready (${JSON.stringify(ready.body)})`;
  return failed('database', detail, 'See the server log; with DATABASE_URL, check that database.');
}
